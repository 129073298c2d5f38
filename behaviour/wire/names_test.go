package wire

import (
	"fmt"
	"strings"
	"testing"

	"tincan/behaviour/chat"
)

func TestCheckNetwork(t *testing.T) {
	for _, name := range []string{"demo", "main", "a", "my-net_2.0", strings.Repeat("n", MaxNetwork)} {
		if err := CheckNetwork(name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{"", "Demo", "a b", "a/b", "a\nlobby", "a\x00", "netz-für-alle", strings.Repeat("n", MaxNetwork+1)} {
		if CheckNetwork(name) == nil {
			t.Errorf("%q is accepted", name)
		}
	}
}

func TestTopicOf(t *testing.T) {
	lobby, here := Topic("test", chat.Lobby), Topic("test", "#go")
	shards := make(map[string]bool)
	for n := range Shards {
		shards[ShardTopic("test", n)] = true
	}
	if len(shards) != Shards || shards[lobby] {
		t.Fatalf("%d topics of shards, want %d, and none of them the lobby's", len(shards), Shards)
	}
	for _, tc := range []struct {
		c    chat.Conversation
		want string
	}{
		{chat.Lobby.Presence(), lobby},
		{chat.Conversation("#go").Presence(), here},
		{"", ""},
		{"#", ""},
		{"go", ""},
		{"Lobby", ""},
		{"here/", ""},
		{"here/here/#go", ""},
		{"dm/a/b", ""},
		{"here/dm/a/b", ""},
		{"session/0102030405060708", ""},
	} {
		if got := Topic("test", tc.c); got != tc.want {
			t.Errorf("topic of %q is %q, want %q", tc.c, got, tc.want)
		}
	}
	if !shards[here] {
		t.Errorf("%q is in the topic of no shard", "#go")
	}
	if shards[Topic("other", "#go")] {
		t.Error("two networks share a topic")
	}
}

// With 10,000 channels every shard has some, and none has much more than its
// part: 78, with a standard deviation of 9.
func TestChannelsAreSpreadEvenly(t *testing.T) {
	count := make(map[string]int)
	for i := range 10_000 {
		count[Topic("test", chat.Conversation(fmt.Sprintf("#channel-%d", i)))]++
	}
	if len(count) != Shards {
		t.Errorf("%d shards have channels, want %d", len(count), Shards)
	}
	for topic, n := range count {
		if n > 78+6*9 {
			t.Errorf("%d channels in %s", n, topic)
		}
	}
}
