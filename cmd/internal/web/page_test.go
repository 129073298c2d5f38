package web

import (
	"compress/gzip"
	"io"
	"path"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

var pieces = fstest.MapFS{
	"index.html":    {Data: []byte(`<link href="/page/a.css"><script src="/page/b.js"></script>` + strings.Repeat(" ", 1000))},
	"a.css":         {Data: []byte("a{}")},
	"b.js":          {Data: []byte(`import "./in/c.js"`)},
	"in/c.js":       {Data: []byte("1")},
	"page.go":       {Data: []byte("package page")},
	"README":        {Data: []byte("read me")},
	"in/picture.go": {Data: []byte("package in")},
}

func TestPage(t *testing.T) {
	page, err := newPage(pieces)
	if err != nil {
		t.Fatal(err)
	}
	base := regexp.MustCompile(`^/p-[0-9a-f]{16}/`).FindString(find(t, page, "b.js"))
	if base == "" || len(page) != 4 {
		t.Fatalf("the page has %v", page)
	}
	index := string(page["/"].plain)
	if !strings.Contains(index, `href="`+base+`a.css"`) || !strings.Contains(index, `src="`+base+`b.js"`) {
		t.Errorf("the index is %s", index)
	}
	if page[base+"in/c.js"] == nil || string(page[base+"b.js"].plain) != `import "./in/c.js"` {
		t.Errorf("the modules are not where they name each other: %v", page)
	}
	// Whatever changes, the whole page is found elsewhere.
	for name := range pieces {
		other := fstest.MapFS{}
		for n, f := range pieces {
			other[n] = f
		}
		other[name] = &fstest.MapFile{Data: append([]byte(" "), pieces[name].Data...)}
		changed, err := newPage(other)
		if err != nil {
			t.Fatal(err)
		}
		if same := find(t, changed, "b.js") == find(t, page, "b.js"); same != (types[path.Ext(name)] == "") {
			t.Errorf("with another %s it is the same page: %v", name, same)
		}
		if same := changed["/"].tag == page["/"].tag; same != (types[path.Ext(name)] == "") {
			t.Errorf("with another %s the tag is the same: %v", name, same)
		}
	}
	if _, err := newPage(fstest.MapFS{"a.css": pieces["a.css"]}); err == nil {
		t.Error("there is a page without an index")
	}
}

// find returns the path of a file.
func find(t *testing.T, page map[string]*asset, name string) string {
	t.Helper()
	for at := range page {
		if path.Base(at) == name {
			return at
		}
	}
	t.Fatalf("there is no %s in %v", name, page)
	return ""
}

// TestServe: as it comes, shorter, unchanged, and only its head.
func TestServe(t *testing.T) {
	h := open(t)
	plain, text := h.answers(t, "GET / HTTP/1.1\nHost: HOST")
	if plain.StatusCode != 200 || plain.Header.Get("Content-Encoding") != "" || plain.Header.Get("Content-Type") != "text/html; charset=utf-8" || plain.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("%v", plain)
	}
	tag := plain.Header.Get("ETag")
	for _, accept := range []string{"gzip", "br, gzip;q=0.5", " gzip , x"} {
		short, zipped := h.answers(t, "GET / HTTP/1.1\nHost: HOST\nAccept-Encoding: "+accept)
		r, err := gzip.NewReader(strings.NewReader(zipped))
		if err != nil {
			t.Fatalf("Accept-Encoding: %s: %v", accept, err)
		}
		if p, err := io.ReadAll(r); err != nil || string(p) != text || short.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("Accept-Encoding: %s: %q, %v", accept, p, err)
		}
	}
	for _, accept := range []string{"", "br", "gzip;q=0", "gzip; q=0.000", "xgzip"} {
		if r, body := h.answers(t, "GET / HTTP/1.1\nHost: HOST\nAccept-Encoding: "+accept); body != text || r.Header.Get("Content-Encoding") != "" {
			t.Errorf("Accept-Encoding: %s: %v", accept, r)
		}
	}
	if r, body := h.answers(t, "GET / HTTP/1.1\nHost: HOST\nIf-None-Match: "+tag); r.StatusCode != 304 || body != "" {
		t.Errorf("unchanged: %v %q", r, body)
	}
	if r, body := h.answers(t, "GET / HTTP/1.1\nHost: HOST\nIf-None-Match: W/\"0\""); r.StatusCode != 200 || body != text {
		t.Errorf("changed: %v %q", r, body)
	}
	if r, _ := h.answers(t, "HEAD / HTTP/1.1\nHost: HOST"); r.StatusCode != 200 || r.ContentLength != int64(len(text)) {
		t.Errorf("its head: %v", r)
	}
	if r, _ := h.answers(t, "GET /p-0000000000000000/main.js HTTP/1.1\nHost: HOST"); r.StatusCode != 404 || r.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("part of another page: %v", r)
	}
	for _, at := range regexp.MustCompile(`"/p-[^"]*"`).FindAllString(text, -1) {
		r, _ := h.answers(t, "GET "+strings.Trim(at, `"`)+" HTTP/1.1\nHost: HOST")
		if r.StatusCode != 200 || r.Header.Get("Cache-Control") != "max-age=31536000, immutable" {
			t.Errorf("%s: %v", at, r)
		}
	}
}

// TestThePage: what is served fits the policy: nothing from elsewhere, no code and
// no style within the page, and every part that is named is there.
func TestThePage(t *testing.T) {
	page, err := newPage(embedded())
	if err != nil {
		t.Fatal(err)
	}
	index := string(page["/"].plain)
	for _, bad := range []string{"http:", "https:", "<style", "style=", "javascript:", "srcdoc", "<base", "/page/"} {
		if strings.Contains(index, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
	if on := regexp.MustCompile(`(?i)\son[a-z]+\s*=`).FindString(index); on != "" {
		t.Errorf("the page has code in%s", on)
	}
	for _, m := range regexp.MustCompile(`(?:src|href)="([^"#]+)"`).FindAllStringSubmatch(index, -1) {
		if page[m[1]] == nil {
			t.Errorf("the page names %s, which is not there", m[1])
		}
	}
	for at, a := range page {
		if !strings.HasSuffix(at, ".js") {
			continue
		}
		for _, m := range regexp.MustCompile(`(?m)^(?:import\b|export\b[^"'\n;]*\bfrom\b)[^"'\n;]*["']([^"']+)["']`).FindAllStringSubmatch(string(a.plain), -1) {
			if !strings.HasPrefix(m[1], "./") || page[path.Join(path.Dir(at), m[1])] == nil {
				t.Errorf("%s imports %s, which is not there", path.Base(at), m[1])
			}
		}
	}
}
