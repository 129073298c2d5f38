package node

import "fmt"

// typeName is the name of an instruction or event without its package.
func typeName(v any) string {
	name := fmt.Sprintf("%T", v)
	for i := len(name) - 1; i >= 0; i-- {
		if name[i] == '.' {
			return name[i+1:]
		}
	}
	return name
}
