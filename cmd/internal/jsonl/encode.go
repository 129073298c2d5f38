package jsonl

import (
	"strconv"
	"unicode/utf8"

	"tincan/cmd/internal/safe"
)

// field appends a comma and the key. Keys are ours and need no escaping.
func field(dst []byte, key string) []byte {
	dst = append(dst, ',', '"')
	dst = append(dst, key...)
	return append(dst, '"', ':')
}

func str(dst []byte, key, value string) []byte { return quote(field(dst, key), value) }

func num(dst []byte, key string, value int) []byte {
	return strconv.AppendInt(field(dst, key), int64(value), 10)
}

// opt is str for what is absent when it is empty.
func opt(dst []byte, key, value string) []byte {
	if value == "" {
		return dst
	}
	return str(dst, key, value)
}

// flag appends true, or nothing: a flag that is absent is false.
func flag(dst []byte, key string, value bool) []byte {
	if !value {
		return dst
	}
	return append(field(dst, key), "true"...)
}

// strs appends an array, which is empty rather than null for nil.
func strs(dst []byte, key string, values []string) []byte {
	dst = append(field(dst, key), '[')
	for i, v := range values {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = quote(dst, v)
	}
	return append(dst, ']')
}

const hexDigits = "0123456789abcdef"

// quote appends s as a JSON string. A reader gets back exactly s, but for bytes
// that are not UTF-8: they become U+FFFD. '<', '>' and '&' stay as they are.
func quote(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= 0x20 && c != '"' && c != '\\' && c != 0x7f {
				i++
				continue
			}
			dst = append(dst, s[start:i]...)
			dst = escapeByte(dst, c)
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			dst = append(dst, s[start:i]...)
			dst = append(dst, "\ufffd"...)
			start = i + size
		case safe.Hidden(r):
			dst = append(dst, s[start:i]...)
			dst = escapeRune(dst, r)
			start = i + size
		}
		i += size
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

func escapeByte(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	return escapeRune(dst, rune(c))
}

// escapeRune appends \uXXXX, two of them beyond the first plane.
func escapeRune(dst []byte, r rune) []byte {
	if r > 0xffff {
		r -= 0x10000
		dst = escapeRune(dst, 0xd800+r>>10)
		r = 0xdc00 + r&0x3ff
	}
	return append(dst, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
}
