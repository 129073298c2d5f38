package chat

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// checkText says why a text cannot be a message, or "".
func checkText(text string) string {
	switch {
	case len(text) > MaxText:
		return fmt.Sprintf("the text has %d bytes and a message takes %d at most; nothing was sent", len(text), MaxText)
	case !utf8.ValidString(text):
		return "the text is not valid UTF-8; nothing was sent"
	case strings.TrimSpace(text) == "":
		return "there is nothing to send but white space"
	}
	return ""
}

// say sends a text to the user's current conversation.
func (c *Core) say(who asker, text string) {
	if to, ok := c.opening[who.user]; ok {
		// What is typed behind "/dm 7" is not for the lobby, whoever 7 may be.
		if why := checkText(text); why != "" {
			c.fail(who, BadText, why)
			return
		}
		c.seek(to, asked{asker: who, SendDirect: SendDirect{To: Peer{ID: to, No: c.number(to)}.Label(), Text: text, Line: text}})
		return
	}
	if to, ok := c.current[who.user]; ok {
		if !c.stopping(who) {
			c.sayTo(who, to, text)
		}
		return
	}
	c.broadcast(who, text)
}

// stopping tells an asker that nothing is accepted any more, if so.
func (c *Core) stopping(who asker) bool {
	if c.drain.on {
		c.fail(who, Overloaded, "the node is stopping; nothing was sent")
	}
	return c.drain.on
}

func (c *Core) broadcast(who asker, text string) {
	if why := checkText(text); why != "" {
		c.fail(who, BadText, why)
		return
	}
	c.sayLobby(who, Message{Kind: Text, Body: text})
}

// sayLobby accepts a message for the lobby.
func (c *Core) sayLobby(who asker, m Message) {
	if c.stopping(who) {
		return
	}
	if c.lobby.mine.full() {
		c.fail(who, Overloaded, "too much is waiting to be sent; try again in a moment")
		return
	}
	id := c.accept(c.lobby, m, origin{asker: who})
	if m.Kind == Hello {
		c.rememberHello(id.Ref)
	}
	c.answer(who, Shown{ID: id, From: c.me, Kind: m.Kind, Text: m.Body, At: c.now, Mine: true})
	c.stir()
	c.flushLobby()
}
