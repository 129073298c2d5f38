package node

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/network"

	"tincan/behaviour/chat"
)

// A crew is real nodes in an ether, who talk in the lobby, in channels and with
// each other: everything is as in the program but for the network and the time.
// It lives in a synctest bubble.
type crew struct {
	t     *testing.T
	ether *ether
	hands []*hand
	said  []utterance
}

// A hand is one node of a crew: its number is its place + 1, as others name it.
type hand struct {
	place    int
	channels []chat.Conversation

	born  time.Time // this life
	plug  *plug
	node  *Node
	end   context.CancelFunc
	ended chan struct{} // closed when this life is over and nothing is left of it

	mu        sync.Mutex             // guards what follows, of this life
	shown     map[string][]time.Time // when each text was shown
	order     []string               // the same in the order of showing
	delivered map[string]time.Time   // direct messages of its own
	trouble   []string               // what it was told that ought not to be
}

// An utterance is what somebody said, in a room or to one other.
type utterance struct {
	text string
	by   int
	in   chat.Conversation // "": to one other
	to   int
	at   time.Time
}

// muster starts n nodes that join through the first and waits until all are
// connected and in their rooms. channels are the places of those in each.
func muster(t *testing.T, seed uint64, n int, channels map[chat.Conversation][]int) *crew {
	c := &crew{t: t, ether: newEther(t, seed)}
	for place := range n {
		h := &hand{place: place}
		for name, places := range channels {
			if slices.Contains(places, place) {
				h.channels = append(h.channels, name)
			}
		}
		slices.Sort(h.channels)
		c.hands = append(c.hands, h)
		c.start(h)
	}
	t.Cleanup(c.dismiss)
	c.await(30*time.Second, "all are together", c.together)
	return c
}

// start begins a life of a node.
func (c *crew) start(h *hand) {
	h.plug = &plug{ether: c.ether, place: h.place}
	config := Config{PeerNo: h.place + 1, Listen: []string{etherAddr(h.place)}, Log: crewLog(h.place), host: h.plug.options()}
	if h.place > 0 {
		config.Bootstrap = []string{demoAt(1, etherAddr(0))}
	}
	n, err := New(config)
	if err != nil {
		c.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	h.born, h.node, h.end, h.ended = time.Now(), n, cancel, make(chan struct{})
	h.mu.Lock()
	h.order = nil
	h.shown, h.delivered = make(map[string][]time.Time), make(map[string]time.Time)
	h.mu.Unlock()
	sub := n.Subscribe(chat.Owner)
	go h.listen(sub)
	go func(p *plug, ended chan struct{}) { // ends with cancel
		_ = n.Run(ctx)
		_ = p.reuse.Close() // given by us, so libp2p leaves it open
		close(ended)
	}(h.plug, h.ended)
	for _, name := range h.channels {
		c.do(h.place, chat.Join{Channel: string(name)})
	}
}

// crewLog tells what the nodes log, for those who look for a cause.
func crewLog(place int) *slog.Logger {
	if os.Getenv("CREWLOG") == "" {
		return nil
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelInfo})).With("node", place+1)
}

// listen writes down what the owner is told. It ends with the node.
func (h *hand) listen(sub *Subscription) {
	for {
		batch, err := sub.Next(context.Background())
		if err == io.EOF {
			return
		}
		h.mu.Lock()
		for _, x := range batch {
			switch x := x.Notification.(type) {
			case chat.Shown:
				if !x.Mine {
					h.shown[x.Text] = append(h.shown[x.Text], time.Now())
					h.order = append(h.order, x.Text)
				}
			case chat.Delivery:
				if x.State == chat.Delivered {
					h.delivered[x.Text] = time.Now()
				}
				if x.State == chat.SendFailed || x.State == chat.Held {
					h.trouble = append(h.trouble, fmt.Sprintf("%q %v: %s", x.Text, x.State, x.Reason))
				}
			case chat.GapSeen:
				if x.Lost {
					h.trouble = append(h.trouble, fmt.Sprintf("%d of %s's messages in %s will not come", x.Missing, x.From.Label(), x.Conversation))
				}
			case chat.Failed:
				h.trouble = append(h.trouble, x.Text)
			case chat.Lagged:
				h.trouble = append(h.trouble, fmt.Sprintf("%d notifications dropped", x.Lost))
			}
		}
		h.mu.Unlock()
	}
}

// kill ends a life so that nobody learns of it from itself.
func (c *crew) kill(h *hand) {
	h.plug.pull()
	h.end()
	<-h.ended
}

func (c *crew) dismiss() {
	for _, h := range c.hands {
		c.kill(h)
	}
}

func (c *crew) do(place int, in chat.Instruction) {
	if err := c.hands[place].node.Do(context.Background(), chat.Owner, "", in); err != nil {
		c.t.Errorf("node %d, %T: %v", place+1, in, err)
	}
}

// say says something new in a room.
func (c *crew) say(by int, in chat.Conversation) {
	text := fmt.Sprintf("%s %d.%d", strings.TrimPrefix(string(in), "#"), by+1, len(c.said))
	c.said = append(c.said, utterance{text: text, by: by, in: in, at: time.Now()})
	c.do(by, chat.SayIn{In: string(in), Text: text})
}

// tell says something new to one other.
func (c *crew) tell(by, to int) {
	text := fmt.Sprintf("dm %d.%d", by+1, len(c.said))
	c.said = append(c.said, utterance{text: text, by: by, to: to, at: time.Now()})
	c.do(by, chat.SendDirect{To: strconv.Itoa(to + 1), Text: text})
}

// sayAll has everybody say something in all his rooms.
func (c *crew) sayAll() {
	for _, h := range c.hands {
		c.say(h.place, chat.Lobby)
		for _, name := range h.channels {
			c.say(h.place, name)
		}
	}
}

// for whom an utterance is.
func (c *crew) hears(u utterance, h *hand) bool {
	switch {
	case h.place == u.by:
		return false
	case u.in == "":
		return h.place == u.to
	}
	return u.in == chat.Lobby || slices.Contains(h.channels, u.in)
}

// linked says whether two nodes are connected.
func (c *crew) linked(a, b int) bool {
	return c.hands[a].node.host.Network().Connectedness(c.hands[b].node.ID()) == network.Connected
}

// together says whether everybody is connected to all others and sees them in
// the rooms that both are in.
func (c *crew) together() bool {
	for _, a := range c.hands {
		for _, b := range c.hands {
			if a != b && !c.meets(a, b) {
				return false
			}
		}
	}
	return true
}

func (c *crew) meets(a, b *hand) bool {
	id := b.node.ID()
	if !c.linked(a.place, b.place) || !a.node.InLobby(id) {
		return false
	}
	for _, name := range a.channels {
		if slices.Contains(b.channels, name) && !a.node.net.InTopic(name, id) {
			return false
		}
	}
	return true
}

// await waits for a state that nobody announces, and says how long it took.
func (c *crew) await(within time.Duration, what string, ok func() bool) time.Duration {
	c.t.Helper()
	began := time.Now()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		if time.Since(began) > within {
			c.t.Errorf("%s: not within %v", what, within)
			return within
		}
		<-tick.C
	}
	return time.Since(began)
}

// pass lets time pass.
func (c *crew) pass(d time.Duration) { <-time.After(d) }

// missing is what somebody has not been shown yet.
func (c *crew) missing() (lines []string) {
	for _, h := range c.hands {
		h.mu.Lock()
		for _, u := range c.said {
			if c.hears(u, h) && !u.at.Before(h.born) && len(h.shown[u.text]) == 0 {
				lines = append(lines, fmt.Sprintf("node %d has not been shown %q", h.place+1, u.text))
			}
		}
		h.mu.Unlock()
	}
	return append(lines, c.undelivered()...)
}

// undelivered is the direct messages of which the author does not know yet that
// they have arrived.
func (c *crew) undelivered() (lines []string) {
	for _, u := range c.said {
		h := c.hands[u.by]
		h.mu.Lock()
		if _, ok := h.delivered[u.text]; u.in == "" && !ok {
			lines = append(lines, fmt.Sprintf("node %d does not know that %q has arrived", u.by+1, u.text))
		}
		h.mu.Unlock()
	}
	return lines
}

// settle waits until everybody has been shown everything that is for him, and
// says how long after since the last of each kind of conversation was shown, and
// the last direct message reported delivered.
func (c *crew) settle(within time.Duration, since time.Time) map[string]time.Duration {
	c.t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for left := c.missing(); len(left) > 0; left = c.missing() {
		if time.Since(since) > within {
			c.t.Errorf("after %v there are %d missing: %s", within, len(left), strings.Join(left[:min(5, len(left))], "; "))
			break
		}
		<-tick.C
	}
	took := make(map[string]time.Duration)
	for _, h := range c.hands {
		h.mu.Lock()
		for _, u := range c.said {
			kind := string(u.in)
			switch {
			case u.in == "":
				kind = "dm"
				if at, ok := h.delivered[u.text]; ok && h.place == u.by {
					took["receipt"] = max(took["receipt"], at.Sub(since))
				}
			case u.in.IsChannel():
				kind = "channels"
			}
			if at := h.shown[u.text]; len(at) > 0 {
				took[kind] = max(took[kind], at[0].Sub(since))
			}
		}
		h.mu.Unlock()
	}
	return took
}

// check holds the journals against what was said: nothing twice, nothing that was
// for others, all of an author's in his order, and nobody was told of trouble.
func (c *crew) check() {
	c.t.Helper()
	number := make(map[string]int, len(c.said))
	for i, u := range c.said {
		number[u.text] = i
	}
	for _, h := range c.hands {
		h.mu.Lock()
		for _, u := range c.said {
			n := len(h.shown[u.text])
			mine := u.by == h.place && u.at.Before(h.born) // of an earlier life
			if n > 1 || n > 0 && !c.hears(u, h) && !mine {
				c.t.Errorf("node %d was shown %q %d times", h.place+1, u.text, n)
			}
		}
		type log struct {
			by int
			in chat.Conversation
		}
		last := make(map[log]int)
		for _, text := range h.order {
			i, ok := number[text]
			if !ok {
				c.t.Errorf("node %d was shown %q, which nobody said", h.place+1, text)
				continue
			}
			l := log{c.said[i].by, c.said[i].in}
			if before, ok := last[l]; ok && i < before {
				c.t.Errorf("node %d was shown %q after %q", h.place+1, text, c.said[before].text)
			}
			last[l] = i
		}
		for _, line := range h.trouble {
			c.t.Errorf("node %d was told: %s", h.place+1, line)
		}
		h.mu.Unlock()
	}
}

// tellAcross has everybody tell something to one who is half the crew away.
func (c *crew) tellAcross() {
	n := len(c.hands)
	for _, h := range c.hands {
		c.tell(h.place, (h.place+n/2)%n)
	}
}

// heal holds the crew to the bounds from now on, when a fault is over, and says
// in the log how close it came.
func (c *crew) heal() {
	c.t.Helper()
	over := time.Now()
	together := c.await(togetherBound, "all are together again", c.together)
	took := c.settle(settledBound, over)
	c.pass(afterwards)
	c.check()
	c.t.Logf("together after %.2f s; last shown after %s", together.Seconds(), seconds(took))
}

func seconds(took map[string]time.Duration) string {
	var parts []string
	for what, d := range took {
		parts = append(parts, fmt.Sprintf("%s %.2f s", what, d.Seconds()))
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

// delays is how long it took from saying something to showing it: in the lobby,
// in channels ("#"), or between two (""). All has been shown.
func (c *crew) delays(in chat.Conversation) (p99, longest time.Duration) {
	var all []time.Duration
	for _, u := range c.said {
		if u.in != in && !(in == "#" && u.in.IsChannel()) {
			continue
		}
		for _, h := range c.hands {
			h.mu.Lock()
			if at := h.shown[u.text]; c.hears(u, h) && len(at) > 0 {
				all = append(all, at[0].Sub(u.at))
			}
			h.mu.Unlock()
		}
	}
	slices.Sort(all)
	return all[len(all)*99/100], all[len(all)-1]
}
