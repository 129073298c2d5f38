package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// A node that is there and does not answer is told of.
func TestStoppedNode(t *testing.T) {
	t.Parallel()
	d := daemons(t, peerNos(t, 1)[0])
	d.signal(syscall.SIGSTOP)
	o := d.asked("send", "hi")
	d.signal(syscall.SIGCONT)
	o.with(exitNoNode, "", `^error: the node does not answer – `)
	d.asked("ls").with(exitOK, `^\* no peers yet`, "")
}

// Nobody else is let in, not even where he can reach the socket.
func TestAnotherUserAtTheSocket(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can be another user")
	}
	const stranger = 65534
	socket := filepath.Join(openDirectory(t), "control.sock")
	n := peerNos(t, 1)[0]
	d := server{start(t, n, "--control", socket, "daemon"), socket}
	p := launchAs(t, stranger, "--control", socket, "send", "hi")
	p.ends(exitIdentity)
	p.complains(`^error: the node at ".*" cannot be used – the directory .* is not yours – `)
	if err := os.Chmod(socket, 0o666); err != nil { // as if the mode had not kept him out
		t.Fatal(err)
	}
	nc, err := exec.LookPath("nc")
	if err != nil {
		t.Skip("there is no nc")
	}
	cmd := exec.Command(nc, "-U", socket)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: stranger, Gid: stranger}}
	in := launchCommand(t, nil, cmd)
	in.types(`{"do":"broadcast","text":"in your name"}`)
	in.sees(`"code":"not-allowed"`)
	<-in.exited
	d.complains(`somebody else was turned away at the control socket.*user 65534, and this is 0`)
	d.asked("history").with(exitOK, `^\* nothing is remembered`, "")
	d.asked("status").with(exitOK, fmt.Sprintf(`you are peer %d `, n), "")
}
