package line

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tincan/behaviour/chat"
	"tincan/cmd/internal/safe"
)

// peers answers ls: one line a peer, in columns.
func peers(out []byte, n chat.PeerList) []byte {
	if len(n.Peers) == 0 {
		return own(out, "no peers yet")
	}
	rows := [][]string{{"peer", "id", "state", "path", "rtt"}}
	for _, p := range n.Peers {
		rows = append(rows, []string{fullLabel(p.Peer), safe.Line(string(p.Peer.ID)), orDash(p.State), orDash(p.Path), rtt(p.RTT)})
	}
	return table(out, rows)
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return safe.Line(s)
}

func rtt(d time.Duration) string {
	if d <= 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
}

// table appends rows with their columns aligned, as lines of the node.
func table(out []byte, rows [][]string) []byte {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		var b strings.Builder
		for i, cell := range row {
			b.WriteString(cell)
			if i < len(row)-1 {
				b.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2))
			}
		}
		out = own(out, strings.TrimRight(b.String(), " "))
	}
	return out
}

// status answers /status.
func status(out []byte, n chat.StatusReport) []byte {
	out = own(out, "you are "+self(n.Me)+" "+string(n.Me.ID))
	out = own(out, "network "+quoteName(n.Network)+", up "+n.Up.Truncate(time.Second).String())
	for _, a := range n.Addrs {
		out = own(out, "listens on "+a)
	}
	out = own(out, fmt.Sprintf("%s connected, %s held, %s on the way",
		plural(n.Peers, "peer", "peers"), plural(n.Messages, "message", "messages"), plural(n.Outbox, "direct message", "direct messages")))
	for _, k := range slices.Sorted(maps.Keys(n.Counters)) {
		if v := n.Counters[k]; v > 0 {
			out = own(out, fmt.Sprintf("dropped or refused: %d × %s", v, k))
		}
	}
	return out
}
