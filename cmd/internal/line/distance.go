package line

// Nearest returns the candidate that is at most two slips away from word (one,
// if it has less than four letters), the first of several, or "".
func Nearest(word string, candidates []string) string {
	const longest = 24 // no command or flag is longer; a megabyte is not compared
	if len(word) > longest {
		return ""
	}
	best, found := min(3, len(word)/2+1), ""
	for _, c := range candidates {
		if d := distance(word, c); d < best {
			best, found = d, c
		}
	}
	return found
}

// distance is the number of slips that make b of a: a letter too many, too few
// or wrong, or two neighbours swapped (Damerau-Levenshtein, each place touched
// once). It takes time and space len(a)·len(b); callers bound both.
func distance(a, b string) int {
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		d[i][0] = i
	}
	for j := range d[0] {
		d[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}
