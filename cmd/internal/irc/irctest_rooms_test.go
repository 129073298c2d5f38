package irc

import (
	"fmt"
	"strings"
)

// irctestRooms are the cases of irctest (see there) about channels, people and history.
var irctestRooms = []struct{ names, talk string }{
	{"names: MultipleChannels, InvalidChannel, NonexistingChannel", `
		nick1!
		nick1> JOIN #chan1
		nick1> JOIN #chan2
		nick1~
		nick1> NAMES #chan1,#chan2
		nick1= 353 353 366
		nick1< 366 nick1 #chan1,#chan2 :
		nick1> NAMES invalid
		nick1= 366
		nick1< 366 nick1 invalid :`},
	{"read_marker: GetNoReadMarker, OnJoin, OnJoinWithStoredTimestamp, DoesNotDecrease, UserTarget, MissingParams, WildcardTimestampRejected", `
		alice! draft/read-marker
		alice> MARKREAD #nosuchtarget
		alice= MARKREAD
		alice< MARKREAD #nosuchtarget *
		alice> JOIN #test
		alice= JOIN MARKREAD 353 366
		alice> MARKREAD #test timestamp=2020-03-15T10:00:00.000Z
		alice> MARKREAD #test timestamp=2019-03-15T10:00:00.000Z
		alice= MARKREAD MARKREAD
		alice< #test timestamp=2020-03-15T10:00:00.000Z
		alice> PART #test
		alice> JOIN #test
		alice= PART JOIN MARKREAD 353 366
		alice< #test timestamp=2020-03-15T10:00:00.000Z
		alice> MARKREAD bob timestamp=2023-07-04T00:00:00.000Z
		alice= MARKREAD
		alice> MARKREAD
		alice= FAIL
		alice< MARKREAD NEED_MORE_PARAMS
		alice> MARKREAD #test *
		alice= FAIL
		alice< MARKREAD INVALID_PARAMS`},
	{"isupport: Prefix, isupport_limits: Channellen, Nicklen", `
		foo!
		foo> VERSION
		foo= 351 005 005
		foo< PREFIX=(ov)@+
		foo> JOIN #` + strings.Repeat("a", channelLength-1) + `
		foo= JOIN 353 366
		foo< 366 foo #` + strings.Repeat("a", channelLength-1) + ` :
		foo> JOIN #` + strings.Repeat("b", channelLength) + `
		foo= 403
		foo< 403 foo #` + strings.Repeat("b", channelLength) + ` :
		foo> NICK ` + strings.Repeat("a", nickLength) + `
		foo= NICK
		foo> NICK ` + strings.Repeat("b", nickLength+5) + `
		foo= 432
		foo< 432 ` + strings.Repeat("a", nickLength) + " " + strings.Repeat("b", nickLength+5) + ` :`},
	{"isupport_limits: Chanlimit", "foo!\n" + func() (talk string) {
		for i := range maxPlaces {
			talk += fmt.Sprintf("foo> JOIN #chan%d\nfoo= JOIN 353 366\n", i)
		}
		return talk + "foo> JOIN #chan\nfoo= 405\nfoo< 405 foo #chan :"
	}()},
	{"kick: Nonexistent, Privileges, part: NotInEmpty, NotInNonEmpty, topic: Nonexistent, Unset, operator: PrivsNeeded, SenderNonMember", `
		foo!
		bar!
		foo> KICK #chan bar
		foo> PART #chan
		foo> TOPIC #chan
		foo> MODE #chan +o bar
		foo= 403 403 403 403
		foo> JOIN #chan
		foo= JOIN 353 366
		bar> KICK #chan foo
		bar> PART #chan
		bar> MODE #chan +o foo
		bar> MODE #chan b
		bar= 442 442 482 368
		bar< 368 bar #chan :
		bar> JOIN #chan
		bar= JOIN 353 366
		bar> KICK #chan foo
		bar> MODE #chan +o bar
		bar> TOPIC #chan
		bar= 482 482 331
		foo= JOIN
		foo> TOPIC #chan :new
		foo> TOPIC #chan :
		foo= TOPIC TOPIC
		bar= TOPIC TOPIC
		bar< TOPIC #chan :`},
	{"invite: Invite, NoNotificationForOtherMembers, OnlyFromUsersInChannel, AlreadyInChannel", `
		foo!
		bar!
		baz!
		baz> JOIN #chan
		baz~
		foo> INVITE bar #chan
		foo= 442
		bar=
		foo> JOIN #chan
		foo~
		baz= JOIN
		foo> INVITE bar #chan
		foo= 341
		foo< 341 foo bar #chan
		bar= INVITE
		baz=
		foo> INVITE baz #chan
		foo= 443`},
	{"who: Star, NickAway, Chan, NickNotExists, WhoxFull, WhoxToken", `
		coolNick!
		otherNick!
		coolNick> JOIN #chan
		coolNick~
		otherNick> JOIN #chan
		otherNick~
		coolNick> AWAY :be right back
		coolNick~
		otherNick> WHO *
		otherNick= 352 352 315
		otherNick< 315 otherNick * :
		otherNick> WHO coolni*
		otherNick= 352 315
		otherNick< coolNick G :0 coolNick of the house
		otherNick> WHO #CHAN
		otherNick= 352 352 315
		otherNick< coolNick G@ :0
		otherNick< 315 otherNick #CHAN :
		otherNick> WHO idontexist
		otherNick= 315
		otherNick> WHO coolNick %roaldfnshiuct,123
		otherNick= 354 315
		otherNick< 354 otherNick 123 * ~coolNick 255.255.255.255
		otherNick> WHO coolNick %tn,321
		otherNick= 354 315
		otherNick< 354 otherNick 321 coolNick`},
	{"utf8: NonUtf8Filtering, quit, setname: Channel, extended_join: NotLoggedIn", `
		foo! extended-join setname batch labeled-response
		bar! setname
		baz!
		foo> JOIN #chan
		foo~
		bar> JOIN #chan
		bar~
		baz> JOIN #chan
		baz~
		bar~
		foo= JOIN JOIN
		foo< JOIN #chan * :bar of the house
		foo> @label=xyz PRIVMSG #chan hi\xaa
		foo= FAIL
		foo< @label=xyz :tincan FAIL PRIVMSG INVALID_UTF8 :
		foo> SETNAME qux
		foo= SETNAME
		bar= SETNAME
		baz=
		bar> QUIT :bar out
		bar= ERROR the
		foo= QUIT
		foo< bar out`},
	{"chathistory: MessagesToSelf, InvalidTargets", `
		bar! batch labeled-response message-tags server-time draft/chathistory
		qux!
		qux> JOIN #real
		qux~
		bar> CHATHISTORY LATEST #nonexistent * 10
		bar> CHATHISTORY LATEST #real * 10
		bar= FAIL FAIL
		bar< FAIL CHATHISTORY INVALID_TARGET LATEST #real
		bar> PRIVMSG bar :first
		bar= PRIVMSG
		bar> CAP REQ echo-message
		bar> @label=xyz PRIVMSG bar :second
		bar= CAP PRIVMSG PRIVMSG
		bar> CHATHISTORY LATEST bar * 10
		bar= BATCH PRIVMSG PRIVMSG BATCH`},
	{"multiline: LineLimit, InvalidBlankConcatTag", `
		alice! message-tags batch echo-message server-time labeled-response draft/multiline
		alice> JOIN #test
		alice= JOIN 353 366
		alice> BATCH +1 draft/multiline #test
		alice> @batch=1 PRIVMSG #test :hi
		alice> @batch=1;draft/multiline-concat PRIVMSG #test :
		alice> BATCH -1
		alice= FAIL FAIL
		alice< FAIL BATCH MULTILINE_INVALID :
		alice> BATCH +1 draft/multiline #test
		` + strings.Repeat("alice> @batch=1 PRIVMSG #test :hi\n", maxLines+1) + `
		alice= FAIL
		alice< FAIL BATCH MULTILINE_MAX_LINES 100 :`},
}
