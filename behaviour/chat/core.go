package chat

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// Config is what a core is made of. Me, Log, Network, Seal and Rand are required.
type Config struct {
	Me      PeerID
	Log     LogID  // random, new for each life without a database
	Network string // shown, never interpreted
	Name    string // display name that messages claim; at most MaxName bytes

	// Number and ByNumber translate demo peer numbers, which are derived from
	// keys. They must be pure. Nil means that peers have no numbers.
	Number   func(PeerID) int
	ByNumber func(int) (PeerID, bool)

	// CleanName makes a name that somebody claims fit to be compared and shown; ""
	// means that nothing of it is. Skeleton is the same for names that look alike.
	// CleanChannel turns what a user calls a channel, with or without "#", into the
	// conversation, or says why there can be no channel of that name. They must be
	// pure. Nil takes names as they are.
	CleanName    func(string) string
	Skeleton     func(string) string
	CleanChannel func(string) (c Conversation, why string)

	// Expecting says that the node knows a way into a network, so that it is
	// worth waiting for somebody to come.
	Expecting bool

	// Keeps says that there is a store: what must not be forgotten goes there as Save.
	// Durable says that it outlives the node and answers with Saved: until then
	// nobody is told of what depends on it. Past is what the store holds; nil: nothing.
	Keeps, Durable bool
	Past           *Past

	// Seal signs: it sets Raw and the Hash of every message. It is given only
	// envelopes within the limits and must not fail or keep the envelope.
	Seal func(*Envelope)

	// Rand spreads timers and chooses neighbours. The core owns it.
	Rand *rand.Rand
}

// Core holds the state of one node's chat. Its methods must be called from one
// goroutine at a time (clock.go says what times they take). The effects that
// they return are valid until the next call; what they point to is immutable.
type Core struct {
	cfg Config
	me  Peer

	now     time.Time // of the call under way
	started time.Time
	addrs   []string
	out     []Effect

	clock  Stamp // the greatest stamp used or seen
	timers timers

	lobby        *room
	rooms        map[Conversation]*room // the shared conversations: lobby and channels
	channels     []*room                // those of rooms that are channels, in the order in which they were joined
	turn         int                    // of channels: whose turn it is to be synced
	directs      map[PeerID]*direct
	gone         uint64 // conversations of which nobody knows any more how far this node's log was
	backlog      int    // accepted and not yet in an envelope, all rooms, in messages
	backlogBytes int
	keptBytes    int // of all channels
	earlyBytes   int // of all channels
	roster       roster
	users        []*user // the owner first, then in the order in which they came
	byUser       map[User]*user
	byName       map[string]*user // "" is the owner
	locals       uint64           // direct messages between local users so far
	sessions     sessions
	presence     presenting
	finds        map[PeerID][]asked
	finding      int // questions in finds
	dials        map[string][]Asker
	lists        []Asker // who waits for Inspected
	reports      []Asker
	portraits    []portraying // who waits for the same, to be told of a person
	maps         []mapping    // who waits to be shown the network
	inspecting   bool         // for lists, reports, portraits and survey
	survey       survey
	hellos       map[Ref]time.Time // mine, to tell how fast the answers came
	round        time.Time         // when the next round of sync is
	rounds       uint64            // set so far, to tell the one that counts
	drain        draining
	twin         bool // a second node with this identity was noticed
	counts       map[string]uint64
	saving       saving
	shelf        shelf // conversations that are not open
	proofs       proofs
	clocks       clocks
	aged         bool      // the logs of this life are from the store
	linked       time.Time // since when somebody was there who may know them; zero: nobody was
	recalls      map[uint64]recalling
	recallsAsked uint64
	recallsPut   int  // questions that wait for what others have, all rooms
	pacing       bool // a timer looks at what holds users back
}

// New makes a core that knows nobody.
func New(cfg Config) *Core {
	c := &Core{
		cfg:     cfg,
		directs: make(map[PeerID]*direct),
		rooms:   make(map[Conversation]*room),
		byUser:  make(map[User]*user),
		byName:  make(map[string]*user),
		finds:   make(map[PeerID][]asked),
		dials:   make(map[string][]Asker),
		hellos:  make(map[Ref]time.Time),
		counts:  make(map[string]uint64),
		recalls: make(map[uint64]recalling),

		sessions: newSessions(),
	}
	c.roster.byID = make(map[PeerID]*peer)
	c.roster.names = make(map[string]int)
	c.me = Peer{ID: cfg.Me, No: c.number(cfg.Me)}
	c.rename(cfg.Me, cfg.Name, 0)
	c.restore(cfg.Past)
	c.lobby = c.makeRoom(Lobby)
	c.rooms[Lobby] = c.lobby
	c.addOwner()
	return c
}

// HandleInstruction decides what to do about what a local user asks for. Every
// answer is for the front end that asked and has its ref.
func (c *Core) HandleInstruction(now time.Time, who Asker, in Instruction) []Effect {
	c.begin(now)
	if len(who.Ref) > MaxRef {
		who.Ref = who.Ref[:MaxRef]
	}
	u := c.byUser[who.User]
	if in, ok := in.(Enter); ok {
		c.enter(who, in.Name)
		return c.end()
	}
	if u == nil {
		c.reply(who, Failed{Code: NoPlace, Text: "nobody has entered here under that name yet"})
		return c.end()
	}
	var at *seat
	switch in.(type) {
	case Detach, Exit, Quit: // whoever ends needs none
	default:
		if at = c.sit(who, u, in); at == nil {
			return c.end()
		}
	}
	switch in := in.(type) {
	case Attach:
		c.attach(who, at, in.Apart)
	case Detach:
		c.detach(who, u)
	case Exit:
		c.leaveNode(who, u)
	case Say:
		c.say(who, at, in.Text, Text)
	case SayIn:
		c.sayIn(who, u, in.In, in.Text, Text)
	case Act:
		c.say(who, at, in.Text, Action)
	case ActIn:
		c.sayIn(who, u, in.In, in.Text, Action)
	case Broadcast:
		c.broadcast(who, u, in.Text)
	case Blank:
		c.blank(who, at)
	case SayHello:
		c.sayHello(who, u)
	case SendDirect:
		c.sendDirect(who, in)
	case OpenDirect:
		c.openDirect(who, in.To)
	case OpenLobby:
		c.openLobby(who, at)
	case Join:
		c.join(who, at, in.Channel, in.Name)
	case MayJoin:
		c.mayJoin(who, at, in)
	case Part:
		c.part(who, at, in.Channel)
	case Fork:
		c.fork(who, at, in.To)
	case Leave:
		c.leave(who, at)
	case SwitchTo:
		c.switchTo(who, at, in.To)
	case ListSessions:
		c.listSessions(who, at)
	case ListDirects:
		c.listDirects(who)
	case ListUsers:
		c.listUsers(who, at, in.In)
	case Rename:
		c.renameUser(who, u, in.Name)
	case Away:
		c.setAway(who, u, cmp.Or(strings.TrimSpace(in.Text), "away"))
	case Back:
		c.setAway(who, u, "")
	case Ignore:
		c.ignore(who, u, in.Who, true)
	case Unignore:
		c.ignore(who, u, in.Who, false)
	case Whois:
		c.whois(who, u, in.Who)
	case Hold:
		c.hold(who, in.Line, in.Reason)
	case Doubt:
		c.doubt(who, at, in)
	case ListPeers:
		c.listPeers(who)
	case GetStatus:
		c.getStatus(who)
	case ShowNetwork:
		c.showNetwork(who, u)
	case ReadHistory:
		c.readHistory(who, at, in)
	case Search:
		c.search(who, at, in)
	case WhoGot:
		c.whoGot(who, at, in.Message)
	case Retry:
		c.retry(who, u, in.To)
	case Connect:
		c.connect(who, in.Addr)
	case Disconnect:
		c.disconnect(who, in.To)
	case Quit:
		c.quit(who, u, in)
	default:
		panic(fmt.Sprintf("chat: instruction %T is not handled", in))
	}
	return c.end()
}

// HandleEvent decides what to do about what network, disk or clock report.
func (c *Core) HandleEvent(now time.Time, ev Event) []Effect {
	c.begin(now)
	switch ev := ev.(type) {
	case Started:
		c.start(ev.Addrs)
	case Tick:
	case PeerUp:
		c.peerUp(ev.Peer)
	case PeerDown:
		c.peerDown(ev.Peer)
	case LinkFormed:
		c.linkFormed(ev.Peer)
	case PeerMet:
		c.peerMet(ev)
	case Lost:
		c.lost(ev.Peer)
	case EnvelopeReceived:
		c.envelopeReceived(ev.From, ev.Envelope)
	case Published:
		c.published(ev)
	case DirectReceived:
		c.directReceived(ev)
	case SendDone:
		c.sendDone(ev)
	case SyncRequested:
		c.syncRequested(ev)
	case SyncDone:
		c.syncDone(ev)
	case LineDone:
		c.lineDone(ev)
	case FrameReceived:
		c.frameReceived(ev)
	case LineClosed:
		c.lineClosed(ev)
	case Saved:
		c.savedUpTo(ev)
	case Recalled:
		c.recalled(ev)
	case FindDone:
		c.findDone(ev)
	case DialDone:
		c.dialDone(ev)
	case Inspected:
		c.inspected(ev)
	case LinksAsked:
		c.linksAsked(ev)
	case LinksDone:
		c.linksDone(ev)
	case Warned:
		c.warn(ev.Text)
	default:
		panic(fmt.Sprintf("chat: event %T is not handled", ev))
	}
	return c.end()
}

// Saturated tells the loop to take no more instructions for now: so much is
// accepted and not yet on its way that a caller had better wait.
func (c *Core) Saturated() bool {
	return c.backlog >= maxPending || len(c.saving.parked) >= maxParked || c.backlogBytes >= maxQueueBytes/2 || c.crammed()
}

func (c *Core) end() []Effect {
	c.syncMet()
	c.checkDrained()
	return c.commit()
}

func (c *Core) start(addrs []string) {
	c.started = c.now
	c.addrs = addrs
	c.tell(Ready{Me: c.me, Network: c.cfg.Network, Addrs: addrs})
	c.nextRound(syncEvery)
	c.startAnnouncing()
	c.resume()
}

func (c *Core) do(e Effect) { c.out = append(c.out, e) }

// tell notifies every local user.
func (c *Core) tell(n Notification) { c.do(Notify{Notification: n}) }

// warn tells the owner of trouble that the node has.
func (c *Core) warn(text string) { c.do(Notify{For: owner, Notification: Warning{text}}) }

// owner is whom trouble of the node is for.
var owner = []User{Owner}

// answer notifies the user who asked, unless he was a guest and has gone.
func (c *Core) answer(who Asker, n Notification) {
	if c.byUser[who.User] != nil {
		c.reply(who, n)
	}
}

// reply notifies an asker who is not one of the users, or is not any more.
func (c *Core) reply(who Asker, n Notification) {
	if who.User != Owner {
		n = discreet(n)
	}
	c.do(Notify{For: []User{who.User}, Seat: who.Seat, Alone: isAnswer(n), Ref: who.Ref, Notification: n})
}

// acknowledge answers what has no answer of its own, for programs: whoever sent
// a ref gets it back. A person needs no line for it.
func (c *Core) acknowledge(who Asker, text string) {
	if who.Ref != "" {
		c.answer(who, Notice{text})
	}
}

func (c *Core) fail(who Asker, code FailCode, text string) {
	c.answer(who, Failed{Code: code, Text: text})
}

// refuse counts something that a peer sent and that was dropped.
func (c *Core) refuse(reason string) { c.counts[reason]++ }

// life is the log of a conversation that begins now. How far this node's log was
// in one that it has left or forgotten nobody knows: numbers must not come
// twice, so whatever begins after that begins a new log.
func (c *Core) life() LogID {
	life := c.cfg.Log
	binary.BigEndian.PutUint64(life[:], binary.BigEndian.Uint64(life[:])+c.gone)
	return life
}

// wrote says whether a log of this node's is one of this life's.
func (c *Core) wrote(log LogID) bool {
	return binary.BigEndian.Uint64(log[:])-binary.BigEndian.Uint64(c.cfg.Log[:]) <= c.gone
}

func (c *Core) cleanName(name string) string {
	if c.cfg.CleanName == nil {
		return truncate(strings.TrimSpace(name), MaxName)
	}
	return c.cfg.CleanName(name)
}

func (c *Core) number(id PeerID) int {
	if c.cfg.Number == nil {
		return 0
	}
	return c.cfg.Number(id)
}
