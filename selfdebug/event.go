package selfdebug

import "time"

// Event is something that happened in a run, for a front door to show. A sink
// is called from the run's own goroutine and must not block for long.
type Event interface{ event() }

// Started tells what is about to be done.
type Started struct {
	Language string
	Title    string // the language in a sentence
	Folder   string
	Notes    []string
}

// RoundStarted opens a round; Move says how its program comes about. A resample
// or restart opens no round of its own.
type RoundStarted struct {
	Round int
	Move  Move
}

// Prefilled says what bringing the model up to date cost.
type Prefilled struct {
	Round     int
	Evaluated int // tokens of the new turn
	Reused    int // tokens before it whose KV was kept
	Elapsed   time.Duration
}

// Text is the next piece of an answer, in whole runes.
type Text struct {
	Round int
	Text  string
}

// Generated ends an answer.
type Generated struct {
	Round    int
	Move     Move
	Tokens   int
	Accepted int // of them, those that a draft foresaw
	Elapsed  time.Duration
	Stopped  string // "fence", "eog", "limit", "context", "repetition" or "cancelled"
}

// Repeated says that the answer was the same program as before; it is not run
// again.
type Repeated struct {
	Round int
	Tries int // answers of this round so far
}

// Executing says that a program is about to run.
type Executing struct {
	Round int
	File  string // the program on disk
}

// Judged is the verdict on a program.
type Judged struct {
	Round   int
	Verdict Verdict
	Exec    time.Duration
}

// RoundEnded closes a round with what the report will say of it.
type RoundEnded struct{ Round Round }

func (Started) event()      {}
func (RoundStarted) event() {}
func (Prefilled) event()    {}
func (Text) event()         {}
func (Generated) event()    {}
func (Repeated) event()     {}
func (Executing) event()    {}
func (Judged) event()       {}
func (RoundEnded) event()   {}
