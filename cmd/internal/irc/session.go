package irc

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ergochat/irc-go/ircmsg"

	"tincan/behaviour/chat"
)

// session is one client's dealings with the node: lines in, instructions out;
// notifications in, lines out. It belongs to one goroutine, and neither waits nor
// does I/O.
type session struct {
	door *Door
	face *face
	now  time.Time // of the call under way

	out  []byte  // to be written
	asks []asked // to be done, in order

	registration
	caps     capSet
	me       chat.Peer
	joined   map[chat.Conversation]*membership
	monitors map[string]string // folded nicks, and as they were given
	talks    talks
	sessions map[int]string // the queries of private sessions, by number
	partial  *multiline     // that the client is sending
	quitter  chat.Person    // of whom QUIT was told last

	waits   map[string]*wait
	refs    uint64
	batches uint64
	current *command // that is not answered yet; nil: the next line may come
	at      *command // that put answers
	closing bool
	quit    string // what the client said last
}

// asked is an instruction with its ref, or what is to be done in another session.
type asked struct {
	ref string
	in  chat.Instruction

	to  *face
	act func(*session)
}

// wait is for answers of the core.
type wait struct {
	command *command
	then    func(chat.Notification) (done bool)
	hold    bool // the command is not over before
	late    bool // it is kept when the fence has come back
}

func newSession(d *Door, p *poster) *session {
	d.mu.Lock()
	d.unknown++
	d.mu.Unlock()
	return &session{
		door:     d,
		face:     &face{poster: p},
		joined:   make(map[chat.Conversation]*membership),
		sessions: make(map[int]string),
		waits:    make(map[string]*wait),
	}
}

// busy says that the next line has to wait.
func (s *session) busy() bool { return s.current != nil || len(s.asks) > 0 }

// A verb is a command that clients know.
type verb struct {
	do    func(*session, *ircmsg.Message)
	least int  // parameters that it needs
	early bool // it may come before the registration is over
}

// verbs is the table of contents.
var verbs = map[string]verb{
	"CAP":          {(*session).capability, 1, true},
	"PASS":         {(*session).pass, 1, true},
	"NICK":         {(*session).nickname, 0, true},
	"USER":         {(*session).userLine, 4, true},
	"AUTHENTICATE": {(*session).authenticate, 1, true},
	"PING":         {(*session).ping, 1, true},
	"PONG":         {(*session).nothing, 0, true},
	"QUIT":         {(*session).quitLine, 0, true},
	"ERROR":        {(*session).nothing, 0, true},

	"PRIVMSG": {(*session).privmsg, 0, false},
	"NOTICE":  {(*session).privmsg, 0, false},
	"TAGMSG":  {(*session).tagmsg, 1, false},
	"BATCH":   {(*session).batch, 1, false},
	"JOIN":    {(*session).join, 1, false},
	"PART":    {(*session).part, 1, false},
	"NAMES":   {(*session).names, 0, false},
	"TOPIC":   {(*session).topic, 1, false},
	"LIST":    {(*session).list, 0, false},
	"MODE":    {(*session).mode, 1, false},
	"KICK":    {(*session).kick, 2, false},
	"INVITE":  {(*session).invite, 2, false},

	"WHO":      {(*session).who, 0, false},
	"WHOIS":    {(*session).whois, 1, false},
	"WHOWAS":   {(*session).whowas, 1, false},
	"USERHOST": {(*session).userhost, 1, false},
	"ISON":     {(*session).ison, 1, false},
	"AWAY":     {(*session).awayLine, 0, false},
	"SETNAME":  {(*session).setname, 1, false},
	"MONITOR":  {(*session).monitor, 1, false},

	"CHATHISTORY": {(*session).chathistory, 0, false},
	"MARKREAD":    {(*session).markread, 0, false},
	"FORK":        {(*session).fork, 1, false},

	"MOTD":    {(*session).motd, 0, false},
	"LUSERS":  {(*session).lusers, 0, false},
	"VERSION": {(*session).version, 0, false},
	"TIME":    {(*session).timeLine, 0, false},
	"ADMIN":   {(*session).admin, 0, false},
	"INFO":    {(*session).info, 0, false},
	"HELP":    {(*session).help, 0, false},
	"HELPOP":  {(*session).help, 0, false},
	"LINKS":   {(*session).links, 0, false},
	"OPER":    {(*session).oper, 2, false},
	"KILL":    {(*session).powerless, 1, false},
	"REHASH":  {(*session).powerless, 0, false},
	"DIE":     {(*session).powerless, 0, false},
	"RESTART": {(*session).powerless, 0, false},
	"WALLOPS": {(*session).powerless, 1, false},
}

// line takes what the client sent, without the end of the line. It may be called
// when the session is not busy.
func (s *session) line(now time.Time, raw []byte) {
	s.now = now
	if s.closing || len(raw) == 0 {
		return
	}
	c := &command{}
	s.current, s.at = c, c
	s.read(string(raw))
	s.at = nil
	s.settle()
}

// read parses a line and carries it out.
func (s *session) read(raw string) {
	valid := utf8.ValidString(raw)
	m, err := ircmsg.ParseLineStrict(raw, true, lineSize)
	if _, label := m.GetTag("label"); s.has(capLabels) && len(label) <= 64 {
		s.current.label = label
	}
	switch {
	case err == ircmsg.ErrorBodyTooLong || err == ircmsg.ErrorTagsTooLong:
		s.numeric("417", "the line is too long; nothing was done")
		return
	case !valid:
		s.fail(cmp(m.Command, "*"), "INVALID_UTF8", "the line is not valid UTF-8; nothing was done")
		return
	case err == ircmsg.ErrorLineIsEmpty:
		return
	case err != nil:
		s.numeric("421", cmp(safeWord(m.Command), "*"), "the line cannot be read")
		return
	}
	v, known := verbs[m.Command]
	switch {
	case !known && !s.registered:
		s.numeric("451", "register first")
	case !known:
		s.numeric("421", safeWord(m.Command), "there is no such command")
	case !v.early && !s.registered:
		s.numeric("451", "register first")
	case len(m.Params) < v.least:
		s.numeric("461", m.Command, "parameters are missing")
	case s.inMultiline(&m):
	default:
		v.do(s, &m)
	}
}

func cmp(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// ask hands an instruction to the core. then is called with each answer until it
// says that it was the last, or all that come at once have come.
func (s *session) ask(in chat.Instruction, then func(chat.Notification) (done bool)) *wait {
	ref := "i" + strconv.FormatUint(s.refs, 36)
	s.refs++
	w := &wait{command: s.at, then: then}
	s.waits[ref] = w
	s.asks = append(s.asks, asked{ref: ref, in: in})
	if s.at != nil {
		s.at.fresh = true
	}
	return w
}

// askLong is ask for what is answered some time, and not always at once: the command
// is over only then.
func (s *session) askLong(in chat.Instruction, then func(chat.Notification) (done bool)) {
	w := s.ask(in, then)
	w.hold, w.late = true, true
	if w.command != nil {
		w.command.holds++
	}
}

// post has something done in another session, behind what was asked before.
func (s *session) post(to *face, act func(*session)) {
	s.asks = append(s.asks, asked{to: to, act: act})
	if s.at != nil {
		s.at.fresh = true
	}
}

// fencePrefix marks the refs of fences.
const fencePrefix = "f"

// settle puts a fence behind what a command has asked for, or ends it when nothing is
// open any more.
func (s *session) settle() {
	c := s.current
	switch {
	case c == nil:
	case c.fresh:
		c.fresh = false
		c.fences++
		s.asks = append(s.asks, asked{ref: fencePrefix + strconv.FormatUint(s.refs, 36), in: chat.Attach{}})
		s.refs++
	case c.fences == 0 && c.holds == 0:
		s.current = nil
		s.finish(c)
	}
}

// fenced is the return of a fence.
func (s *session) fenced() {
	c := s.current
	if c == nil {
		return
	}
	if c.fences > 0 {
		c.fences--
	}
	if c.fences > 0 || c.fresh {
		return
	}
	for ref, w := range s.waits {
		switch {
		case w.command != c || w.hold:
		case w.late && len(s.waits) <= maxWaits:
			c.owes++
		default:
			delete(s.waits, ref)
		}
	}
}

// answered gives an answer to who waits for it.
func (s *session) answered(ref string, n chat.Notification) bool {
	w := s.waits[ref]
	if w == nil {
		return false
	}
	late := w.command == nil || w.command != s.current
	if late {
		label := ""
		if w.command != nil {
			label = w.command.label
		}
		s.at = &command{label: label}
	} else {
		s.at = w.command
	}
	done := w.then(n)
	c := s.at
	s.at = nil
	if done {
		delete(s.waits, ref)
		if w.hold && w.command != nil && w.command.holds > 0 {
			w.command.holds--
		}
	}
	if late && (len(c.lines) > 0 || done && c.label != "") {
		s.finish(c)
	}
	return true
}

// told takes a batch of notifications.
func (s *session) told(now time.Time, batch []chat.Notify) {
	s.now = now
	for _, n := range batch {
		switch {
		case n.Ref == postRef:
			if act := s.face.poster.next(); act != nil {
				act(s)
			}
		case strings.HasPrefix(n.Ref, fencePrefix):
			s.fenced()
		case n.Ref != "" && s.answered(n.Ref, n.Notification):
		default:
			s.notified(n.Notification)
		}
		s.settle()
	}
}

// ping is answered when all before it is.
func (s *session) ping(m *ircmsg.Message) {
	token := m.Params[len(m.Params)-1]
	if len(m.Params) > 1 {
		token = m.Params[0]
	}
	if token == "" {
		s.numeric("409", "no origin was given")
		return
	}
	pong := func() {
		l := s.server("PONG", s.door.Name, token)
		l.ForceTrailing()
		s.put(l)
	}
	if !s.registered {
		pong()
		return
	}
	s.ask(chat.Attach{}, func(chat.Notification) bool { pong(); return true })
}

func (s *session) nothing(*ircmsg.Message) {}

func (s *session) quitLine(m *ircmsg.Message) {
	s.quit = "Quit"
	if len(m.Params) > 0 && m.Params[0] != "" {
		s.quit = "Quit: " + m.Params[0]
	}
	s.end(s.quit)
}
