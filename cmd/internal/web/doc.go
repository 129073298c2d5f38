// Package web is the door for browsers: it serves one page, and a WebSocket by
// which the page talks as a user of this node.
//
//	conn ──▶ admission ──▶ guard ──▶ GET /, GET /p-HASH/…   the page, from memory
//	                           └──▶ GET /ws ──▶ enter ──▶ jsonl.Parse ──▶ Client.Do   (goroutine 1: the visitor speaks)
//	                                ◀── jsonl.Append ◀── Subscription.Next            (goroutine 2: he is told)
//
// There are two kinds of visitors. The owner shows the token of his node, over a
// connection within this machine; his page is one more of his seats, apart:
// it says of each line where it goes. Everybody else is a guest, as at any other door, and may what guests may. No page of another site
// can use this one: the Host of every request has to be an address of the door, which
// no name that leads elsewhere is, and the Origin of a WebSocket has to be that of the page.
//
// # The page
//
// The files are those of the directory page. index.html is served at "/" and names
// its parts as "/page/NAME": they are served below a path that has the hash of all of
// them, which takes the place of "/page/", and may be kept for ever. So a page is
// never half old. The parts name each other relatively ("./NAME"). Which types of
// files there can be stands in page.go.
//
// # The WebSocket
//
// GET /ws. Each frame is text of UTF-8. The first, within 5 s and 4 KiB, says who is there:
//
//	{"do":"enter","token":"…","ref"?}   the owner; told ready
//	{"do":"enter","name":"anna","ref"?} a guest; told entered
//
// When the node has no room for him he is told an error, and it ends.
//
// Every other frame has one instruction of package jsonl, a guest's in 32 KiB at most,
// the owner's in jsonl.MaxLine. A guest may send 20 a second, 100 at once; others wait.
// What cannot be read as an instruction is answered with an error, as in jsonl. The page
// says by switch what the visitor has before him, and by attach with "apart": true that
// it is nothing that he could have read: it is hidden, or shows what is no place.
//
// A frame to the page has one or more objects of package jsonl, each with its newline,
// and about 64 KiB unless one object is longer.
//
// quit ends the visit and nothing else, also the owner's. The end has a code of RFC 6455
// and a reason that may be shown:
//
//	1000  the visitor has asked to quit
//	1001  the node has ended
//	1002  what he sent is no WebSocket
//	1003  a frame is not text
//	1007  a frame is not UTF-8
//	1008  he did not say rightly who he is; or a frame took too long
//	1009  a frame is too long
//	1011  a fault of the node's
//	1013  he did not say in time who he is, as on a machine that slept, or read too slowly,
//	      or there is no room: try again later
package web
