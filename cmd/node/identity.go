package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"

	"tincan/behaviour/chat"
	"tincan/node"
)

// memberLabel makes the keys of the gossip servers. Anybody can derive them: they
// talk on one machine only.
const memberLabel = "tincan gossip server"

// Whose a directory is that has no key, but for the number at the end.
const (
	demoOwner   = "demo peer "
	memberOwner = "gossip server "
)

// derivedFrom is the identity that such a directory belongs to.
func derivedFrom(owner string) (peerNo int, key crypto.PrivKey, ok bool) {
	if of, is := strings.CutPrefix(owner, demoOwner); is {
		n, err := number("", of)
		return n, nil, err == nil
	}
	of, is := strings.CutPrefix(owner, memberOwner)
	if n, err := number("", of); is && err == nil && n <= roleMembers {
		return 0, memberKey(n), true
	}
	return 0, nil, false
}

// identity is who a node is.
type identity struct {
	key   crypto.PrivKey      // nil of a demo peer
	name  string              // kept in dir, or ""
	dir   string              // where the node may keep things until close, such as node.HistoryFile; "": nowhere
	notes []chat.Notification // for the user to read

	rename func(name string) error // keeps another name in dir; nil: there is nowhere
	close  func()
}

// identify finds or makes the identity that the settings ask for. ask asks a
// person for a name.
func identify(s *settings, ask func(check func(string) (why string)) (string, error)) (*identity, error) {
	who := &identity{close: func() {}}
	switch {
	case s.peerNo != 0:
		return derived(s.dataDir, nil, demoOwner+strconv.Itoa(s.peerNo))
	case s.member != 0:
		return derived(s.dataDir, memberKey(s.member), memberOwner+strconv.Itoa(s.member))
	case s.ephemeral:
		key, _, err := crypto.GenerateEd25519Key(rand.Reader)
		if err != nil {
			return nil, fail(exitOther, "no key can be made – %v – start again", err)
		}
		who.key = key
		if s.network == "" { // others know what they do
			who.notes = []chat.Notification{chat.Notice{Text: "this identity is for this run only; --data-dir DIR keeps one"}}
		}
	default:
		if s.name != "" {
			ask = nil
		}
		return openProfile(s.dataDir, ask)
	}
	return who, nil
}

// config is what the node is made of.
func config(s *settings, who *identity, log *slog.Logger) node.Config {
	c := node.Config{
		PeerNo:           s.peerNo,
		Key:              who.key,
		BootstrapPeerNos: s.bootstrapPeerNos,
		Bootstrap:        s.bootstrap,
		Members:          s.members,
		NoListen:         s.noListen,
		Listen:           s.listen,
		Network:          s.network,
		Name:             s.name,
		Sparse:           s.sparse,
		Dir:              who.dir,
		Keep:             s.keep,
		MDNS:             who.key != nil && !s.noMDNS, // demo peers are on this machine only
		Log:              log,
	}
	if c.Name == "" {
		c.Name = who.name
	}
	return c
}

// memberKey is the key of the gossip server k.
func memberKey(k int) crypto.PrivKey {
	seed := sha256.Sum256(fmt.Appendf(nil, "%s %d", memberLabel, k))
	std := ed25519.NewKeyFromSeed(seed[:])
	key, _, err := crypto.KeyPairFromStdKey(&std)
	if err != nil {
		panic("an Ed25519 key is not a key: " + err.Error())
	}
	return key
}

func memberID(k int) string { return idOf(memberKey(k)) }

func idOf(key crypto.PrivKey) string {
	id, err := peer.IDFromPrivateKey(key)
	if err != nil {
		panic("a key has no id: " + err.Error())
	}
	return id.String()
}

// derived is an identity whose key anybody can derive. It keeps things in a
// directory if there is one: nothing unless it is told to.
func derived(dir string, key crypto.PrivKey, owner string) (*identity, error) {
	if dir == "" {
		return &identity{key: key, close: func() {}}, nil
	}
	p, err := node.OpenDerivedProfile(dir, owner)
	if err != nil {
		return nil, unopened(dir, err)
	}
	who := kept(p)
	who.key = key
	return who, nil
}

// openProfile opens the identity that is kept in a directory. On the first
// start it asks a person for a name, unless ask is nil.
func openProfile(dir string, ask func(check func(string) (why string)) (string, error)) (*identity, error) {
	p, err := node.OpenProfile(dir)
	if err != nil {
		return nil, unopened(dir, err)
	}
	if p.First && ask != nil {
		if _, err := ask(func(name string) string { return why(p.SetName(name)) }); err != nil {
			p.Close()
			return nil, fail(exitOther, "no name can be asked for – %v – say --name NAME", err)
		}
	}
	return kept(p), nil
}

// kept is the identity of an open profile.
func kept(p *node.Profile) *identity {
	return &identity{key: p.Key, name: p.Name(), dir: p.Dir, close: p.Close, rename: p.SetName}
}

// unkept is why a history cannot be opened, with the exit code.
func unkept(err error) error {
	var newer *node.NewerError
	if errors.As(err, &newer) {
		return fail(exitConfig, "%v", err)
	}
	return fail(exitListen, "%v", err)
}

// unopened is why a profile cannot be opened, with the exit code.
func unopened(dir string, err error) error {
	var (
		bad   *node.IdentityError
		other *node.DirError
		inUse *node.InUseError
		store *node.StoreError
	)
	switch {
	case errors.As(err, &bad), errors.As(err, &other):
		return fail(exitIdentity, "%v", err)
	case errors.As(err, &inUse):
		return fail(exitInUse, "%v", err)
	case errors.As(err, &store):
		return fail(exitListen, "%v", err)
	}
	return fail(exitOther, "the identity in %s cannot be opened – %v – choose another data directory", dir, err)
}

func why(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
