package jsonl

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/line"
)

// Everything that can be asked and told, by its zero value.
var (
	instructions = []chat.Instruction{
		chat.Enter{}, chat.Exit{}, chat.Attach{}, chat.Detach{}, chat.Say{}, chat.SayIn{}, chat.Act{}, chat.ActIn{}, chat.Broadcast{}, chat.Blank{}, chat.SayHello{},
		chat.SendDirect{}, chat.OpenDirect{}, chat.OpenLobby{}, chat.Join{}, chat.MayJoin{}, chat.Part{}, chat.Fork{}, chat.Leave{}, chat.SwitchTo{},
		chat.ListSessions{}, chat.ListDirects{}, chat.ListUsers{}, chat.Rename{}, chat.Away{}, chat.Back{}, chat.Ignore{}, chat.Unignore{}, chat.Whois{}, chat.Hold{}, chat.Doubt{},
		chat.ListPeers{}, chat.GetStatus{}, chat.ShowNetwork{}, chat.Connect{}, chat.Disconnect{}, chat.ReadHistory{}, chat.Search{}, chat.WhoGot{}, chat.Retry{}, chat.Quit{},
	}
	notifications = []chat.Notification{
		chat.Ready{}, chat.PeerCame{}, chat.PeerLeft{}, chat.Shown{}, chat.Delivery{}, chat.Entered{}, chat.MemberCame{}, chat.MemberLeft{}, chat.Joined{}, chat.Parted{},
		chat.Switched{}, chat.SessionChanged{}, chat.PlaceList{}, chat.DirectList{}, chat.UserList{}, chat.Renamed{}, chat.AwayChanged{}, chat.Portrait{}, chat.PeerList{}, chat.StatusReport{},
		chat.Topology{}, chat.History{}, chat.Digest{}, chat.Holders{}, chat.Equivocated{}, chat.GapSeen{}, chat.Notice{}, chat.Warning{}, chat.Failed{}, chat.Lagged{}, chat.Ended{},
	}
)

// Neither list lacks any.
func TestListsAreComplete(t *testing.T) {
	for _, c := range []struct {
		method string
		listed []string
	}{{"instruction", names(instructions)}, {"notification", names(notifications)}} {
		method := regexp.MustCompile(`(?m)^func \((\w+)\) ` + c.method + `\(\)`)
		files, err := filepath.Glob("../../../behaviour/chat/*.go")
		if err != nil {
			t.Fatal(err)
		}
		var there []string
		for _, f := range files {
			source, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range method.FindAllStringSubmatch(string(source), -1) {
				there = append(there, m[1])
			}
		}
		slices.Sort(there)
		slices.Sort(c.listed)
		if !slices.Equal(there, c.listed) || len(there) == 0 {
			t.Errorf("%ss there are:\n%q\nlisted:\n%q", c.method, there, c.listed)
		}
	}
}

func names[T any](all []T) (names []string) {
	for _, v := range all {
		names = append(names, reflect.TypeOf(v).Name())
	}
	return names
}

// filled is a value of the type of v in which no field is zero.
func filled[T any](v T) T {
	p := reflect.New(reflect.TypeOf(v)).Elem()
	no := 1
	fill(p, &no)
	return p.Interface().(T)
}

func fill(v reflect.Value, no *int) {
	*no++
	switch v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(sent.Add(time.Duration(*no))))
		return
	case time.Duration:
		v.SetInt(int64(*no) * int64(time.Second))
		return
	case chat.Conversation:
		v.SetString("#ops" + fmt.Sprint(*no))
		return
	case chat.MessageID:
		said := said1
		said.Seq = uint64(*no)
		v.Set(reflect.ValueOf(said))
		return
	case chat.State, chat.Kind, chat.Side, chat.SessionEvent:
		v.SetUint(2)
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("text \"%d\"\n\u202e<\x1b>", *no))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int:
		v.SetInt(int64(*no))
	case reflect.Uint8, reflect.Uint64:
		v.SetUint(uint64(*no))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), no)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0), no)
		fill(v.Index(1), no)
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i), no)
		}
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, no)
		fill(value, no)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), no)
		}
	default:
		panic(v.Kind().String() + " cannot be filled")
	}
}

// Every field of every instruction is there again on the other side.
func TestInstructionsAndBack(t *testing.T) {
	more := []chat.Instruction{chat.SayIn{In: "#ops", Text: "hi"}, chat.ActIn{In: "lobby", Text: "waves"}, chat.SendDirect{To: "3", Text: "hi"}, chat.Attach{}, chat.Say{}, chat.Away{}, chat.Whois{}, chat.Retry{}, chat.Part{}, chat.ReadHistory{},
		chat.ReadHistory{In: "dm anna#k3f9", N: 3}, chat.WhoGot{}, chat.Quit{}, chat.ListUsers{}, chat.Broadcast{Text: strings.Repeat("\x01", chat.MaxText)}}
	for _, v := range instructions {
		switch in := filled(v).(type) {
		case chat.SayIn:
			in.In = "session:3"
			more = append(more, in)
		case chat.ActIn:
			in.In = "#ops"
			more = append(more, in)
		default:
			more = append(more, in)
		}
	}
	for _, in := range more {
		said, err := AppendInstruction([]byte("x"), "r 1", in)
		if err != nil || said[0] != 'x' || said[len(said)-1] != '\n' {
			t.Errorf("%#v: %q, %v", in, said, err)
			continue
		}
		ref, back, err := Parse(said[1 : len(said)-1])
		if err != nil || ref != "r 1" || !reflect.DeepEqual(back, in) {
			t.Errorf("%s\n got %q %#v, %v\nwant %#v", said, ref, back, err, in)
		}
	}
}

// What JSON cannot hold is refused where it is typed, not changed.
func TestInstructionsThatCannotBeSaid(t *testing.T) {
	for _, c := range []struct {
		in   chat.Instruction
		code chat.FailCode
	}{
		{chat.Say{Text: "a\xff"}, chat.BadText},
		{chat.SendDirect{To: "\xc3", Text: "a"}, chat.BadText},
		{chat.Say{Text: strings.Repeat("x", MaxLine)}, TooLong},
	} {
		said, err := AppendInstruction([]byte("x"), "", c.in)
		var bad *Error
		if !errors.As(err, &bad) || bad.Code != c.code || string(said) != "x" {
			t.Errorf("%.40v: %q, %v", c.in, said, err)
		}
	}
}

// Every field of every notification is there again on the other side.
func TestNotificationsAndBack(t *testing.T) {
	for _, v := range notifications {
		n := chat.Notify{Ref: "r", Notification: filled(v)}
		told := Append(nil, n, now)
		back, err := ParseNotification(told)
		if err != nil || !reflect.DeepEqual(back, n) {
			t.Errorf("%s got %+v, %v\nwant %+v", told, back, err, n)
		}
	}
}

// A front end elsewhere shows what one in the node shows.
func TestNotificationsLookTheSame(t *testing.T) {
	shown := func(n chat.Notification) string {
		f := line.Formatter{Time: true, Location: time.UTC, Mine: true}
		out, err := f.Append(nil, []byte("stderr:\n"), chat.Notify{Notification: n})
		return string(out) + string(err)
	}
	all := []chat.Notification{
		chat.Shown{ID: direct1, From: peer1, To: &anna, Kind: chat.HelloAck, At: sent, After: 310 * time.Millisecond},
		chat.Shown{ID: said1, From: alice, To: &anna, Kind: chat.Text, Text: "hi", At: sent, Session: 2, Side: chat.SideA},
		chat.Shown{ID: lobby1, From: anna2, Kind: 99, Text: "hi", At: sent},
		chat.Delivery{ID: direct1, To: &anna, Text: "hi", State: chat.Delivered}, chat.Delivery{ID: said1, To: &anna, Text: "hi", State: chat.SendFailed, Reason: "x"},
		chat.Delivery{Text: "dm 9 hi", State: chat.Held, Reason: "nobody is 9"},
		chat.Switched{To: private}, chat.Switched{To: lobby}, chat.PlaceList{Places: []chat.Place{lobby, private}},
		chat.SessionChanged{Event: chat.Closed, N: 2, With: anna, Side: chat.SideB, Reason: "x", Mine: true, Back: &private},
		chat.History{Conversation: direct1.Conversation, Items: []chat.Remembered{{Shown: chat.Shown{ID: direct1, From: peer1, To: &anna, Kind: chat.Text, Text: "hi", At: sent, Mine: true}, State: chat.Delivered}}},
		chat.History{Conversation: direct1.Conversation}, chat.UserList{Conversation: said1.Conversation},
		chat.GapSeen{Conversation: direct1.Conversation, From: anna, Missing: 1}, chat.Equivocated{Conversation: said1.Conversation, Who: anna, Seq: 1},
		chat.Digest{Conversation: direct1.Conversation, Count: 1, Since: sent, Until: sent}, chat.Holders{ID: direct1, Text: "x", State: chat.Sent},
		chat.Ready{Me: anna, Network: "main"}, chat.Ended{}, chat.Ended{Undelivered: 2}, chat.AwayChanged{Who: anna}, chat.PeerCame{Peer: alice},
	}
	for _, n := range all {
		told := Append(nil, chat.Notify{Notification: n}, now)
		back, err := ParseNotification(told)
		if err != nil {
			t.Errorf("%s%v", told, err)
			continue
		}
		if got, want := shown(back.Notification), shown(n); got != want {
			t.Errorf("%s got %s\nwant %s", told, got, want)
		}
	}
}

func TestNotificationsThatAreNone(t *testing.T) {
	for _, told := range []string{"", "hello", "[]", "{}", `{"v":1,"type":"future"}`, `{"type":"peers","peers":3}`, `{"type":"message","from":[]}`, `{"type":"ready","addrs":"x"}`} {
		if n, err := ParseNotification([]byte(told)); err == nil {
			t.Errorf("%s is %+v", told, n)
		}
	}
}

// FuzzInstruction holds that what can be asked can be passed on as it is.
func FuzzInstruction(f *testing.F) {
	for _, v := range instructions {
		said, err := AppendInstruction(nil, "r", filled(v))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(said)
	}
	f.Fuzz(func(t *testing.T, said []byte) {
		ref, in, err := Parse(said)
		if err != nil {
			return
		}
		again, err := AppendInstruction(nil, ref, in)
		if err != nil {
			t.Fatalf("%s is %#v, which %v", said, in, err)
		}
		ref2, in2, err := Parse(again[:len(again)-1])
		if err != nil || ref2 != ref || !reflect.DeepEqual(in2, in) {
			t.Fatalf("%s is %q %#v, but %s is %q %#v, %v", said, ref, in, again, ref2, in2, err)
		}
	})
}

// FuzzNotification holds that nothing told makes a front end fall, and that it can
// be passed on.
func FuzzNotification(f *testing.F) {
	for _, v := range notifications {
		f.Add(Append(nil, chat.Notify{Ref: "r", Notification: filled(v)}, now))
	}
	f.Fuzz(func(t *testing.T, told []byte) {
		n, err := ParseNotification(told)
		if err != nil {
			return
		}
		if again := Append(nil, n, now); !json.Valid(again) {
			t.Fatalf("%s is %+v, told as %s", told, n, again)
		}
		if _, graph := n.Notification.(chat.Topology); !graph { // nobody asks for that in text
			var lines line.Formatter
			lines.Append(nil, nil, n)
		}
	})
}
