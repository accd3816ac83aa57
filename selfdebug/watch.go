package selfdebug

import "strings"

// watcher reads an answer while it is generated and says when it is over: the
// block has closed, or the model goes round in circles.
type watcher struct {
	text    strings.Builder
	line    int // start of the last, unfinished line in text
	open    *fence
	checked int // length of text at the last look for a cycle
	shown   int // length of text that fresh has delivered or left out
}

// The ends that a watcher finds.
const (
	endNone   = ""
	endFence  = "fence"      // the block is closed
	endCircle = "repetition" // the same stretch again and again
)

// add takes the next piece of the answer.
func (w *watcher) add(piece string) string {
	w.text.WriteString(piece)
	text := w.text.String()
	for {
		i := strings.IndexByte(text[w.line:], '\n')
		if i < 0 {
			break
		}
		if w.lineEnd(text[w.line : w.line+i]) {
			return endFence
		}
		w.line += i + 1
	}
	if w.closedNow(text[w.line:]) {
		return endFence
	}
	if len(text)-w.checked >= cycleStride {
		w.checked = len(text)
		if circular(text) {
			return endCircle
		}
	}
	return endNone
}

// fresh is the text that came since the last call, without lines that are
// fences; a line that may become one is held back.
func (w *watcher) fresh() string {
	text := w.text.String()
	var out strings.Builder
	for w.shown < len(text) {
		start := strings.LastIndexByte(text[:w.shown], '\n') + 1
		line, _, whole := strings.Cut(text[w.shown:], "\n")
		if w.shown == start && mayBeFence(line, whole) {
			if !whole {
				break
			}
		} else {
			out.WriteString(line)
			if whole {
				out.WriteByte('\n')
			}
		}
		w.shown += len(line)
		if whole {
			w.shown++
		}
	}
	return out.String()
}

// mayBeFence says that a line is a fence, or may be one when it is whole.
func mayBeFence(line string, whole bool) bool {
	if whole {
		_, ok := parseFence(strings.TrimSuffix(line, "\r"))
		return ok
	}
	bare := strings.TrimLeft(line, " \t")
	return bare == "" || bare[0] == '`' || bare[0] == '~'
}

// lineEnd looks at a finished line; true if it closes the block.
func (w *watcher) lineEnd(line string) bool {
	f, ok := parseFence(strings.TrimSuffix(line, "\r"))
	switch {
	case !ok:
		return false
	case w.open == nil:
		w.open = &f
		return false
	}
	return f.closes(*w.open)
}

// closedNow says that the unfinished line is a closing fence already: no
// token has to be spent on the line's end.
func (w *watcher) closedNow(line string) bool {
	if w.open == nil {
		return false
	}
	f, ok := parseFence(line)
	return ok && f.closes(*w.open)
}

const (
	cycleStride  = 64   // characters between looks
	cycleWindow  = 4096 // characters looked back
	cycleLength  = 1024 // characters that have to be periodic
	cycleRepeats = 8    // and how often the period has to fit
)

// circular says that the end of the text is one stretch repeated: at least
// cycleRepeats times and cycleLength characters. It finds the period of every
// suffix in one pass, by the prefix function of the reversed text (Knuth,
// Morris and Pratt 1977).
func circular(text string) bool {
	if len(text) > cycleWindow {
		text = text[len(text)-cycleWindow:]
	}
	n := len(text)
	if n < cycleLength {
		return false
	}
	at := func(i int) byte { return text[n-1-i] }
	border := make([]int, n)
	for i, k := 1, 0; i < n; i++ {
		for k > 0 && at(i) != at(k) {
			k = border[k-1]
		}
		if at(i) == at(k) {
			k++
		}
		border[i] = k
		length, period := i+1, i+1-k
		if length >= cycleLength && length >= cycleRepeats*period {
			return true
		}
	}
	return false
}
