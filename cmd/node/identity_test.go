package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/libp2p/go-libp2p/core/crypto"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/front/fronttest"
	"tincan/node"
)

func TestIdentify(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "inside")
	answers := func(name string) func(func(string) string) (string, error) {
		return func(check func(string) string) (string, error) {
			if why := check(name); why != "" {
				return "", errors.New(why)
			}
			return name, nil
		}
	}
	never := func(func(string) string) (string, error) {
		t.Error("a name is asked for")
		return "", nil
	}
	first, err := identify(&settings{dataDir: dir}, answers("anna"))
	if err != nil || first.name != "anna" {
		t.Fatalf("first start: %+v, %v", first, err)
	}
	var code *exitError
	if _, err := identify(&settings{dataDir: dir}, never); !errors.As(err, &code) || code.code != exitInUse {
		t.Errorf("open already: %v", err)
	}
	if err := first.rename("anne"); err != nil {
		t.Error(err)
	}
	first.close()
	second, err := identify(&settings{dataDir: dir}, never)
	if err != nil || second.name != "anne" || !second.key.Equals(first.key) {
		t.Fatalf("second start: %+v, %v", second, err)
	}
	if c := config(&settings{name: "bob"}, second, nil); c.Name != "bob" || !c.MDNS || c.Network != "" {
		t.Errorf("a node is made of %+v", c)
	}
	if c := config(&settings{noMDNS: true, members: []string{"b"}, bootstrap: []string{"a"}}, second, nil); c.Name != "anne" || c.MDNS || !reflect.DeepEqual(c.Bootstrap, []string{"a"}) || !reflect.DeepEqual(c.Members, []string{"b"}) {
		t.Errorf("a node is made of %+v", c)
	}
	second.close()

	if err := os.Chmod(filepath.Join(dir, "key"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := identify(&settings{dataDir: dir}, never); !errors.As(err, &code) || code.code != exitIdentity {
		t.Errorf("for all to read: %v", err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := identify(&settings{dataDir: filepath.Join(file, "dir")}, never); !errors.As(err, &code) || code.code != exitListen {
		t.Errorf("where nothing can be written: %v", err)
	}

	one, err := identify(&settings{ephemeral: true}, never)
	if err != nil || len(one.notes) != 1 {
		t.Fatalf("ephemeral: %+v, %v", one, err)
	}
	two, err := identify(&settings{ephemeral: true, network: roleNetwork}, never)
	if err != nil || two.key.Equals(one.key) || len(two.notes) != 0 {
		t.Errorf("ephemeral again: %+v, %v", two, err)
	}
	if demo, err := identify(&settings{peerNo: 1}, never); err != nil || demo.key != nil || demo.dir != "" || demo.rename != nil {
		t.Errorf("demo: %+v, %v", demo, err)
	}
}

// Identities that anybody can derive are kept nowhere unless they are told to,
// and then like others, but for the key.
func TestIdentifyDerived(t *testing.T) {
	top := t.TempDir()
	never := func(func(string) string) (string, error) {
		t.Error("a name is asked for")
		return "", nil
	}
	for _, c := range []struct {
		me, other settings
		key       crypto.PrivKey
	}{
		{settings{peerNo: 3, dataDir: filepath.Join(top, "3")}, settings{peerNo: 4}, nil},
		{settings{member: 3, dataDir: filepath.Join(top, "server")}, settings{member: 4}, memberKey(3)},
	} {
		first, err := identify(&c.me, never)
		if err != nil || first.dir != c.me.dataDir || first.name != "" || !reflect.DeepEqual(first.key, c.key) {
			t.Fatalf("first start: %+v, %v", first, err)
		}
		var code *exitError
		if _, err := identify(&c.me, never); !errors.As(err, &code) || code.code != exitInUse {
			t.Errorf("open already: %v", err)
		}
		if err := first.rename("carmen"); err != nil {
			t.Error(err)
		}
		first.close()
		for _, s := range []settings{c.other, {}} {
			s.dataDir = c.me.dataDir
			if _, err := identify(&s, never); !errors.As(err, &code) || code.code != exitIdentity {
				t.Errorf("somebody else: %v", err)
			}
		}
		second, err := identify(&c.me, never)
		if err != nil {
			t.Fatal(err)
		}
		if made := config(&c.me, second, nil); made.Name != "carmen" || made.Dir != c.me.dataDir || made.Key != second.key {
			t.Errorf("a node is made of %+v", made)
		}
		second.close()
	}
	for _, s := range []settings{{peerNo: 3}, {member: 3}} {
		who, err := identify(&s, never)
		if err != nil || who.dir != "" || who.rename != nil {
			t.Errorf("nowhere: %+v, %v", who, err)
		}
		who.close()
	}
}

// TestMembers pins the ids of the gossip servers: they are in other people's
// configuration.
func TestMembers(t *testing.T) {
	for k, want := range []string{
		"12D3KooWAPy8CEgS3ntajnrRaxLJeyQBNg9cnouj4WDJ1KWSfKq3",
		"12D3KooWHkhoWDsxQ7JoLT6CHyzp7Kr8MufYG4ru8ktpmWAKFy3Z",
		"12D3KooWDXrKDCdAF1RZZam5t71dfF5U94acaGAdTBmStkpBsePu",
		"12D3KooWDYGC7gY16mSFQc7gNkWQmvWdsVBSdUZueWf8YSy5c9AR",
		"12D3KooWG8dfA2qCN45nradqaLTdHCnnChyKSjcpzLyyakyhJdZp",
	} {
		if got := memberID(k + 1); got != want {
			t.Errorf("member %d is %s, want %s", k+1, got, want)
		}
	}
}

func TestOwnerIsTold(t *testing.T) {
	var c fronttest.Client
	var kept []string
	sub := &ownerSubscription{c.Subscribe(), func(name string) error {
		kept = append(kept, name)
		if name == "bad" {
			return errors.New("disk full")
		}
		return nil
	}, []chat.Notification{chat.Notice{Text: "one"}, chat.Notice{Text: "two"}}}
	n := func(n chat.Notification) chat.Notify { return chat.Notify{Notification: n} }
	named := func(name string, mine bool) chat.Notify {
		return n(chat.Renamed{Now: chat.Peer{Name: name}, Mine: mine})
	}
	c.Tell(n(chat.Notice{Text: "early"}), n(chat.Ready{}), named("anna", true), named("eve", false), named("bad", true), n(chat.Notice{Text: "late"}))
	want := []chat.Notify{n(chat.Notice{Text: "early"}), n(chat.Ready{}), n(chat.Notice{Text: "one"}), n(chat.Notice{Text: "two"}),
		named("anna", true), named("eve", false), named("bad", true), n(chat.Warning{Text: "the name is not kept – disk full"}), n(chat.Notice{Text: "late"})}
	got, err := sub.Next(t.Context())
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v\nwant %v", got, err, want)
	}
	if !reflect.DeepEqual(kept, []string{"anna", "bad"}) {
		t.Errorf("kept %q", kept)
	}
}

func TestDoors(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	n, err := node.New(node.Config{PeerNo: 2402, Listen: []string{"/ip4/127.0.0.1/tcp/0"}})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	log := slog.New(slog.DiscardHandler)
	none, err := openDoors(ctx, &settings{}, n, "", log)
	if err != nil || len(none.notes) > 0 {
		t.Errorf("no door: %+v, %v", none, err)
	}
	none.run(ctx)
	none.wait()
	open, err := openDoors(ctx, &settings{gateway: at(t, "0")}, n, "", log)
	if err != nil || len(open.notes) != 1 {
		t.Fatalf("a door: %+v, %v", open, err)
	}
	wide, err := openDoors(ctx, &settings{gateway: at(t, "0.0.0.0:0"), echo: true}, n, "", log)
	if err != nil || len(wide.notes) != 2 {
		t.Fatalf("a door for all: %+v, %v", wide, err)
	}
	if _, warns := wide.notes[1].(chat.Warning); !warns {
		t.Errorf("the owner is told %v", wide.notes)
	}
	for _, d := range []*doors{open, wide} {
		d.run(ctx)
	}
	cancel()
	open.wait()
	wide.wait()
}
