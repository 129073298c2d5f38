package web

import (
	"io"
	"net/http"
)

// policy lets the page use what the door serves and nothing else: no code in the
// page itself, no other site, no frame around it.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	if r.ContentLength != 0 {
		h.Set("Connection", "close") // nothing here reads a body
	}
	if code, why := s.refusal(r); code != 0 {
		refuse(w, code, why)
		return
	}
	if r.RequestURI == socket {
		s.visit(w, r)
		return
	}
	s.page[r.RequestURI].serve(w, r)
}

// socket is the path of the WebSocket.
const socket = "/ws"

// refusal says why a request is not answered; 0 if it is. It looks at the exact
// text of the path, so that nothing has two names.
func (s *Server) refusal(r *http.Request) (code int, why string) {
	if c := connOf(r.Context()); c != nil && c.full != "" {
		return http.StatusServiceUnavailable, c.full
	}
	switch {
	case !s.hosts.admit(r.Host):
		return http.StatusMisdirectedRequest, "this is not the address of this door – use the one that the node says"
	case r.Method != http.MethodGet && r.Method != http.MethodHead, r.Method == http.MethodHead && r.RequestURI == socket:
		return http.StatusMethodNotAllowed, "the door takes GET and HEAD only"
	case r.RequestURI == socket && r.ContentLength != 0:
		return http.StatusBadRequest, "a WebSocket begins without a body" // which some would take for frames, others for a request
	case r.RequestURI != socket && s.page[r.RequestURI] == nil:
		return http.StatusNotFound, "there is nothing here – the page is at /"
	case foreign(r):
		return http.StatusForbidden, "another site may not use this page"
	}
	return 0, ""
}

// foreign says whether a page of another site asks. A link of its to the page may be
// followed: that shows the page to its user and tells the other site nothing.
func foreign(r *http.Request) bool {
	if origin, said := r.Header["Origin"]; said {
		if len(origin) != 1 || origin[0] != "http://"+r.Host {
			return true
		}
		if r.RequestURI == socket {
			return false
		}
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "none", "same-origin":
		return false
	}
	return r.RequestURI != "/" || r.Header.Get("Sec-Fetch-Mode") != "navigate" || r.Header.Get("Sec-Fetch-Dest") != "document"
}

// refuse answers with one line.
func refuse(w http.ResponseWriter, code int, why string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	switch code {
	case http.StatusMethodNotAllowed:
		h.Set("Allow", "GET, HEAD")
	case http.StatusServiceUnavailable:
		h.Set("Connection", "close")
	}
	w.WriteHeader(code)
	_, _ = io.WriteString(w, why+"\n") // to somebody who may have gone
}
