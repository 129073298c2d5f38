package chat

import "testing"

// checkBooks looks whether a room's accounts of its logs agree with each other.
func checkBooks(t *testing.T, r *room) {
	t.Helper()
	early := 0
	for _, l := range r.list {
		for _, e := range l.early {
			early += len(e.Raw)
		}
		n := 0
		for _, s := range r.stuck {
			if s == l {
				n++
			}
		}
		if n > 1 || (l.isStuck && n == 0) || (l.listed != (n == 1)) {
			t.Fatalf("log %v: stuck %v, listed %v, stands %d times among the stuck", l.key, l.isStuck, l.listed, n)
		}
		if l.isStuck && (len(l.early) == 0 || l.frozen) {
			t.Fatalf("log %v is stuck with %d envelopes, frozen %v", l.key, len(l.early), l.frozen)
		}
	}
	if early != r.earlyBytes {
		t.Fatalf("%d bytes wait and %d are accounted for", early, r.earlyBytes)
	}
	for k, waiting := range r.blocked {
		if len(waiting) == 0 {
			t.Fatalf("nobody waits for %v", k)
		}
		for i, l := range waiting {
			if l.blockedOn != k {
				t.Fatalf("%v stands among those who wait for %v and waits for %v", l.key, k, l.blockedOn)
			}
			for _, o := range waiting[:i] {
				if o == l {
					t.Fatalf("%v waits twice for %v", l.key, k)
				}
			}
		}
	}
	messages, bytes := 0, 0
	for _, k := range r.kept {
		messages += len(k.envelope.Messages)
		bytes += len(k.envelope.Raw)
	}
	if messages != r.keptCount || bytes != r.keptBytes {
		t.Fatalf("kept %d messages of %d bytes, accounted for %d of %d", messages, bytes, r.keptCount, r.keptBytes)
	}
}
