package browsertest

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

// TestModules runs the tests that are written in JavaScript: what is pure in the page is
// fed with what a node tells, and compared with what is to be asked and shown.
func TestModules(t *testing.T) {
	mux := http.NewServeMux()
	mux.Handle("/page/", http.StripPrefix("/page/", http.FileServer(http.Dir("../page"))))
	mux.Handle("/test/", http.StripPrefix("/test/", http.FileServer(http.Dir("testdata"))))
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("<!doctype html><title>tests</title>")) // a browser that has gone is no fault
	})
	s := httptest.NewServer(mux)
	defer s.Close()
	files, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	b := New(t)
	b.Open(s.URL)
	ran := 0
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), "_test.js") {
			continue
		}
		var results []struct{ Name, Wrong string }
		b.Eval(`import("/test/`+f.Name()+`").then((m) => m.default())`, &results)
		for _, r := range results {
			ran++
			t.Run(f.Name()+"/"+r.Name, func(t *testing.T) {
				if r.Wrong != "" {
					t.Error(r.Wrong)
				}
			})
		}
	}
	if ran == 0 {
		t.Fatal("no test ran")
	}
}
