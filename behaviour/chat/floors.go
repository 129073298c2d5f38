package chat

import "slices"

// floors remembers, for logs of which a node has met nothing, where they begin
// for it: what lies before was said before it came. A newcomer learns them from
// the first neighbours it syncs with. That is hearsay: the first message that
// gossip brings from below shows that a floor was wrong (see take).
type floors struct {
	head map[LogKey]uint64 // the last message not to be waited for
	list []LogKey          // its keys and, until there are too many, some taken since
}

// set notes a floor, if there is room.
func (f *floors) set(k LogKey, head uint64) {
	if _, ok := f.head[k]; !ok {
		if len(f.head) >= maxFloors {
			return
		}
		f.tidy()
		f.list = append(f.list, k)
	}
	if f.head == nil {
		f.head = make(map[LogKey]uint64)
	}
	f.head[k] = head
}

// take removes a floor and returns it; ok says that there was one.
func (f *floors) take(k LogKey) (head uint64, ok bool) {
	head, ok = f.head[k]
	delete(f.head, k)
	return head, ok
}

// tidy strikes what was taken off the list when that is most of it.
func (f *floors) tidy() {
	if len(f.list) < 2*len(f.head)+16 {
		return
	}
	left := f.list[:0]
	for _, k := range f.list {
		if _, ok := f.head[k]; ok {
			left = append(left, k)
		}
	}
	f.list = left
}

// states are the floors as a state vector.
func (f *floors) states(v []LogState) []LogState {
	for _, k := range f.list {
		if head, ok := f.head[k]; ok {
			v = append(v, LogState{LogKey: k, From: head + 1, Head: head})
		}
	}
	return v
}

// retired remembers how far logs were shown that had to make place for others,
// the last of them: nothing of those is shown again.
type retired struct {
	head map[LogKey]uint64
	list []LogKey // its keys, in the order in which they came
}

func (t *retired) set(k LogKey, head uint64, limit int) {
	if head == 0 {
		return
	}
	if t.head == nil {
		t.head = make(map[LogKey]uint64)
	}
	t.head[k] = head
	t.list = append(t.list, k)
	for len(t.list) > limit {
		delete(t.head, t.list[0])
		t.list = t.list[1:]
	}
}

// take removes a log and returns how far it was shown; ok says that it was there.
func (t *retired) take(k LogKey) (head uint64, ok bool) {
	if head, ok = t.head[k]; ok {
		delete(t.head, k)
		t.list = slices.DeleteFunc(t.list, func(o LogKey) bool { return o == k })
	}
	return head, ok
}
