package selfdebug

import (
	"context"
	"errors"
	"fmt"
	"time"

	"viscoder/engine"
	"viscoder/internal/fault"
	"viscoder/renderers"
	"viscoder/selfdebug/profile"
)

// Run draws what the task asks for. The report is complete whenever it is not
// nil. A run that ends without a picture is no error: see Report.Status and
// Report.Fault. Errors are faults of the request, the machine or its tools, and
// fault.Interrupted when ctx ended. sink may be nil.
func Run(ctx context.Context, d Deps, task Task, o Options, sink func(Event)) (*Report, error) {
	begin := time.Now()
	task, why, err := settleLanguage(ctx, d.Model, task)
	if err != nil {
		return nil, err
	}
	l, err := newLoop(ctx, d, task, o, sink)
	if err != nil {
		return nil, err
	}
	l.note(why)
	l.start = begin // the choice of a language is part of the run
	s, err := d.Model.NewSession()
	if err != nil {
		return nil, err
	}
	defer s.Close()
	l.session, l.turns = s, d.Model.Chat()
	l.limit = d.Model.Info().ContextTokens
	return l.run(ctx)
}

// loop is one run. Each move ends with an attempt in history.
type loop struct {
	deps    Deps
	task    Task
	o       Options
	sink    func(Event)
	start   time.Time
	request request
	policy  Policy
	words   wording
	journal *Journal
	report  *Report

	session session
	turns   turns
	limit   int            // tokens that the context holds
	opening []engine.Token // what the model's answers are begun with
	talk    conversation
	history History

	recalled int // tokens of the first turn whose KV was read from disk
}

// newLoop does all that needs no model.
func newLoop(ctx context.Context, d Deps, task Task, o Options, sink func(Event)) (*loop, error) {
	if err := task.Validate(); err != nil {
		return nil, err
	}
	if err := o.Validate(); err != nil {
		return nil, err
	}
	lang, note, _, err := PickLanguage(task)
	if err != nil {
		return nil, err
	}
	policy, err := policyByName(o.Policy)
	if err != nil {
		return nil, err
	}
	if sink == nil {
		sink = func(Event) {}
	}
	l := &loop{deps: d, task: task, o: o.withDefaults(), sink: sink, start: time.Now(),
		policy: policy, words: policy.wording(), journal: d.Journal}
	l.request = request{task: task, lang: lang, budget: l.o.DataBudget}
	l.history.Rounds = l.o.Rounds
	l.report = &Report{Language: lang.Name, Model: d.ModelName, ModelSHA256: d.ModelSHA256, Policy: policy.Name(),
		Seed: o.Sampling.Seed, MockData: len(task.Data) == 0, Best: -1,
		Pictures: []string{}, Notes: []string{}, Warnings: []string{}, Rounds: []Round{}}
	l.note(note)
	if err := l.readData(ctx); err != nil {
		return nil, err
	}
	return l, l.openJournal()
}

func (l *loop) note(text string) {
	if text != "" {
		l.report.Notes = append(l.report.Notes, text)
	}
}

func (l *loop) readData(ctx context.Context) error {
	names := map[string]bool{}
	for _, path := range l.task.Data {
		t, err := profile.File(ctx, path)
		if err != nil {
			return err
		}
		if names[t.Name] {
			return fault.New(fault.Usage, "two data files are called %s", t.Name).WithHint("Rename one: programs see files by their names.")
		}
		names[t.Name] = true
		l.request.tables = append(l.request.tables, t)
		for _, n := range t.Notes {
			l.note(t.Name + ": " + n)
		}
		if l.request.loading(t) == "" && t.Rows > len(t.Columns[0].Head) {
			l.note(fmt.Sprintf("%s programs cannot read files: only the first %d of %d rows of %s reach the program",
				l.request.lang.Title, len(t.Columns[0].Head), t.Rows, t.Name))
		}
	}
	if l.report.MockData {
		l.note("no data file was given: the values are made up")
	}
	return nil
}

func (l *loop) openJournal() (err error) {
	if l.journal == nil {
		if l.journal, err = NewJournal("", l.task.Prompt, l.start); err != nil {
			return fault.Wrap(err, fault.Usage, "the run leaves no trace")
		}
	}
	l.report.Folder = l.journal.Dir
	return nil
}

// run plays moves until the policy stops.
func (l *loop) run(parent context.Context) (*Report, error) {
	ctx, cancel := parent, context.CancelFunc(func() {})
	if l.o.Budget > 0 {
		ctx, cancel = context.WithDeadline(parent, l.start.Add(l.o.Budget))
	}
	defer cancel()
	if err := l.describe(); err != nil {
		return nil, err
	}
	l.sink(Started{Language: l.request.lang.Name, Title: l.request.lang.Title, Folder: l.journal.Dir, Notes: l.report.Notes})
	err := l.play(ctx)
	return l.finish(parent, err)
}

func (l *loop) play(ctx context.Context) error {
	if err := l.open(ctx); err != nil {
		return err
	}
	for {
		step := l.policy.Next(l.history)
		var err error
		switch step.Move {
		case MoveStop:
			l.endRound()
			return nil
		case MoveFirst:
			l.beginRound(MoveFirst)
			l.recallInstructions()
			err = l.evaluate(ctx, l.talk.first, true)
		case MoveRepair:
			l.endRound()
			err = l.repairTurn(ctx)
		case MoveResample:
			l.talk.unanswer()
			err = l.session.Rewind(l.talk.length())
		case MoveRestart:
			l.talk.exchanges = nil
			err = l.session.Rewind(l.talk.length())
		default:
			return fault.New(fault.Internal, "policy %s: unknown move %q", l.policy.Name(), step.Move)
		}
		if err == nil {
			err = l.attempt(ctx, step)
		}
		if err != nil {
			return err
		}
	}
}

// errFull says that even the shortened conversation leaves no room.
var errFull = errors.New("the context is full")

// open lays out the first turn, with less of the data where the context is
// small, and tries the program that the user brought.
func (l *loop) open(ctx context.Context) error {
	if err := l.layOut(); err != nil {
		return err
	}
	if l.o.FirstProgram == "" {
		return nil
	}
	l.beginRound(MoveGiven)
	return l.tryProgram(ctx, MoveGiven, l.o.FirstProgram, l.o.FirstProgram, noEnd)
}

const (
	minAnswer     = 256 // tokens that an answer needs at least
	minDataBudget = 150 // characters
)

func (l *loop) layOut() (err error) {
	if text := l.words.opening(l.request.lang); text != "" {
		if l.opening, err = l.turns.Answer(text); err != nil {
			return err
		}
	}
	for {
		system, user := l.words.first(l.request)
		if l.talk.first, err = l.turns.First(system, user); err != nil {
			return err
		}
		l.talk.first = append(l.talk.first, l.opening...)
		if len(l.talk.first)+minAnswer <= l.limit || len(l.request.tables) == 0 || l.request.budget < minDataBudget {
			return l.firstFits(system, user)
		}
		l.request.budget /= 2
	}
}

func (l *loop) firstFits(system, user string) error {
	if n := len(l.talk.first); n+minAnswer > l.limit {
		return fault.New(fault.Usage, "the request has %d tokens; with an answer it does not fit into the context of %d", n, l.limit).
			WithHint("Shorten the request, or take a longer context (--ctx).")
	}
	if l.request.budget < l.o.DataBudget {
		l.note("the data description was cut short to fit into the context")
	}
	if err := l.journal.system(system + "\n"); err != nil {
		return err
	}
	return l.journal.prompt(0, user+"\n")
}

func (l *loop) round() *Round { return &l.report.Rounds[len(l.report.Rounds)-1] }

func (l *loop) beginRound(m Move) {
	n := len(l.report.Rounds)
	l.report.Rounds = append(l.report.Rounds, Round{Round: n, Move: m})
	l.sink(RoundStarted{Round: n, Move: m})
}

func (l *loop) endRound() {
	if len(l.report.Rounds) > 0 {
		l.sink(RoundEnded{*l.round()})
	}
}

// evaluate brings the session up to a new turn; whole replaces everything that
// it holds.
func (l *loop) evaluate(ctx context.Context, tokens []engine.Token, whole bool) error {
	to := l.session.Append
	if whole {
		to = l.session.Sync
	}
	p, err := to(ctx, tokens)
	if err != nil {
		return err
	}
	r := l.round()
	r.PromptEvaluated += p.Evaluated
	r.KVReused = p.Reused
	r.PrefillS += p.Elapsed.Seconds()
	if r.PrefillS > 0 {
		r.PrefillTokS = float64(r.PromptEvaluated+p.Carried) / r.PrefillS
	}
	l.sink(Prefilled{Round: r.Round, Evaluated: p.Evaluated, Reused: p.Reused, Elapsed: p.Elapsed})
	return nil
}

// repairTurn says what went wrong and evaluates no more than that, unless old
// attempts have to go to make room.
func (l *loop) repairTurn(ctx context.Context) error {
	if err := l.adoptGiven(ctx); err != nil {
		return err
	}
	n := len(l.report.Rounds)
	text := l.words.repair(l.request, l.history.last().Verdict, n)
	turn, err := l.turns.Next(text)
	if err != nil {
		return err
	}
	turn = append(turn, l.opening...)
	if err := l.journal.prompt(n, text+"\n"); err != nil {
		return err
	}
	dropped, ok := l.talk.fit(len(turn), l.reserve(), l.limit)
	if !ok {
		return errFull
	}
	l.beginRound(MoveRepair)
	l.talk.next(turn)
	if dropped == 0 {
		return l.evaluate(ctx, turn, false)
	}
	l.round().Dropped = dropped
	return l.evaluate(ctx, l.talk.tokens(), true)
}

// adoptGiven gives the session the request and the user's own program, as if
// the model had answered with it; they count as round 0's prompt.
func (l *loop) adoptGiven(ctx context.Context) error {
	if l.session.Len() > 0 {
		return nil
	}
	answer, err := l.turns.Answer(closedBlock(l.words, l.request, l.o.FirstProgram))
	if err != nil {
		return err
	}
	l.talk.answer(answer)
	return l.evaluate(ctx, l.talk.tokens(), false)
}

// reserve is the room to keep for a repaired program: the failed one's length
// and a little.
func (l *loop) reserve() int {
	last := l.talk.exchanges[len(l.talk.exchanges)-1].answer
	return max(minAnswer, min(len(last)+len(last)/4+64, l.o.MaxTokens))
}

// attempt generates an answer and tries its program.
func (l *loop) attempt(ctx context.Context, step Step) error {
	g, end, err := l.generate(ctx, step)
	l.talk.answer(g.Tokens)
	answer := l.words.opening(l.request.lang) + g.Text
	program := Extract(answer, l.request.lang.Fences).Program
	if err != nil {
		r := l.round()
		_, kept := l.journal.attempt(r.Round, r.Tries-1, l.extension(), answer, program)
		return errors.Join(err, kept)
	}
	return l.tryProgram(ctx, step.Move, answer, program, ending{end, g.Stopped})
}

// ending is how a generation came to its end.
type ending struct {
	watch   string // endNone, endFence or endCircle
	stopped engine.StopReason
}

var noEnd = ending{}

func (e ending) String() string {
	if e.watch != endNone {
		return e.watch
	}
	return string(e.stopped)
}

func (l *loop) extension() string {
	if ext := l.request.lang.Extensions; len(ext) > 0 {
		return ext[0]
	}
	return ".txt"
}

// tryProgram puts the program on disk, and runs it unless it is an old one.
func (l *loop) tryProgram(ctx context.Context, m Move, answer, program string, end ending) error {
	r := l.round()
	file, err := l.journal.attempt(r.Round, max(r.Tries-1, 0), l.extension(), answer, program)
	if err != nil {
		return err
	}
	a := Attempt{Round: r.Round, Move: m, Program: program}
	r.Move, r.Program, r.File, r.Stopped = m, program, file, end.String()
	if m == MoveGiven {
		r.Stopped = ""
	}
	switch {
	case l.history.repeats(program):
		a.Identical, a.Verdict = true, l.history.verdictOn(program)
		a.Verdict.Pictures = nil // they belong to the earlier round
		r.Identical = true
		l.sink(Repeated{Round: r.Round, Tries: r.Tries})
	case program == "":
		a.Verdict = noProgram(end.watch, end.stopped, tag(l.request.lang))
	default:
		if a.Verdict, err = l.execute(ctx, program, file); err != nil {
			return err
		}
	}
	r.ErrorKind, r.Error, r.ErrorLine = a.Verdict.Kind, a.Verdict.Message, a.Verdict.Line
	l.history.Attempts = append(l.history.Attempts, a)
	return nil
}

func (l *loop) execute(ctx context.Context, program, file string) (Verdict, error) {
	r := l.round()
	folder, err := l.journal.pictures(r.Round)
	if err != nil {
		return Verdict{}, err
	}
	l.sink(Executing{Round: r.Round, File: file})
	job := renderers.Job{Language: l.request.lang, Program: program, Out: folder, Timeout: l.o.Timeout, Format: l.o.Format, Wants: wants(l.task), Strict: l.o.Strict}
	for _, t := range l.request.tables {
		job.Data = append(job.Data, renderers.DataFile{Name: t.Name, Path: t.Path})
	}
	out, err := l.deps.Runner.Run(ctx, job)
	if err != nil {
		return Verdict{}, err
	}
	l.note(out.Note)
	v := judge(program, out)
	r.ExecS += out.Exec.Seconds()
	l.sink(Judged{Round: r.Round, Verdict: v, Exec: out.Exec})
	return v, l.journal.outcome(r.Round, out.Stdout, out.Stderr, v.Full)
}
