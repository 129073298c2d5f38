package main

// maxPeerNo is the greatest peer number: its port is 65535.
const maxPeerNo = 2535

// numbers reads who the node is and whom it asks first.
func (f *flags) numbers(s *settings) error {
	own, err := f.peerNo.one()
	if err != nil {
		return err
	}
	if own == "" {
		if len(f.bootstrapPeerNo.values) > 0 {
			return usage("%s is given without --peer-no – only numbered nodes meet numbered nodes – say who this one is, for example --peer-no 2", f.bootstrapPeerNo.source)
		}
		return nil
	}
	if s.peerNo, err = number(f.peerNo.source, own); err != nil {
		return err
	}
	seen := make(map[int]bool)
	for _, v := range f.bootstrapPeerNo.values {
		n, err := number(f.bootstrapPeerNo.source, v)
		if err != nil {
			return err
		}
		if n == s.peerNo {
			return usage("%s is %d – that is this node itself – name another node, or leave it out for the first one", f.bootstrapPeerNo.source, n)
		}
		if !seen[n] {
			seen[n] = true
			s.bootstrapPeerNos = append(s.bootstrapPeerNos, n)
		}
	}
	return nil
}

// number reads a peer number: ASCII digits, 1 to maxPeerNo.
func number(source, v string) (int, error) {
	n := 0
	for i := 0; i < len(v) && n <= maxPeerNo; i++ {
		if v[i] < '0' || v[i] > '9' {
			n = 0
			break
		}
		n = 10*n + int(v[i]-'0')
	}
	if n < 1 || n > maxPeerNo {
		return 0, usage("%s is %s – a peer number is 1 to %d in plain digits – choose one, for example 1", source, quoted(v), maxPeerNo)
	}
	return n, nil
}
