package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

//go:embed page
var files embed.FS

// embedded is the directory of the page.
func embedded() fs.FS {
	dir, err := fs.Sub(files, "page")
	if err != nil {
		panic("the page is not embedded: " + err.Error())
	}
	return dir
}

// types are the files that a page may have. Others in its directory are not served.
var types = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
	".png":  "image/png",
	".ico":  "image/x-icon",
}

// index is the file that is served at "/".
const index = "index.html"

// asset is one file, ready to be sent.
type asset struct {
	kind   string // of its content
	plain  []byte
	zipped []byte // nil if that is not shorter
	tag    string // an ETag; "" if the path says what is in it
}

// newPage makes the files of a directory ready, by the path that each is served at.
func newPage(dir fs.FS) (map[string]*asset, error) {
	parts := make(map[string][]byte)
	all := sha256.New()
	err := fs.WalkDir(dir, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || types[path.Ext(name)] == "" {
			return err
		}
		if parts[name], err = fs.ReadFile(dir, name); err == nil {
			fmt.Fprintf(all, "%s %d ", name, len(parts[name]))
			all.Write(parts[name])
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	sum := hex.EncodeToString(all.Sum(nil)[:8])
	base := "/p-" + sum + "/"
	page := make(map[string]*asset, len(parts))
	for name, text := range parts {
		a := &asset{kind: types[path.Ext(name)], plain: text}
		at := base + name
		if name == index {
			at, a.tag = "/", `W/"`+sum+`"`
			a.plain = bytes.ReplaceAll(text, []byte(`"/page/`), []byte(`"`+base))
		}
		a.zipped = zip(a.plain)
		page[at] = a
	}
	if page["/"] == nil {
		return nil, fmt.Errorf("the page has no %s", index)
	}
	return page, nil
}

// zip compresses p, or returns nil if that does not help.
func zip(p []byte) []byte {
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, gzip.BestCompression) // a level that there is
	_, _ = w.Write(p)                                       // to memory: never fails
	_ = w.Close()
	if out.Len() >= len(p) {
		return nil
	}
	return out.Bytes()
}

// serve answers a request for the file.
func (a *asset) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Vary", "Accept-Encoding")
	if a.tag == "" {
		h.Set("Cache-Control", "max-age=31536000, immutable")
	} else {
		h.Set("Cache-Control", "no-cache")
		h.Set("ETag", a.tag)
		if r.Header.Get("If-None-Match") == a.tag {
			h.Del("Content-Type")
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	body := a.plain
	if a.zipped != nil && takesGzip(r.Header.Get("Accept-Encoding")) {
		h.Set("Content-Encoding", "gzip")
		body = a.zipped
	}
	h.Set("Content-Length", fmt.Sprint(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // a browser that has gone is no fault
	}
}

// takesGzip tells whether gzip is named among the encodings, and not as refused.
func takesGzip(accept string) bool {
	for _, e := range strings.Split(accept, ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(e), ";")
		if strings.TrimSpace(name) == "gzip" {
			return strings.Trim(strings.TrimSpace(q), "q=0. ") != "" || q == ""
		}
	}
	return false
}
