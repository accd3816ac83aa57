package hostile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"viscoder/renderers"
)

// Stage is what programs find outside of their box, made for them to reach
// for: a secret file, listening sockets, a process, an open file, a variable
// of the environment. Nothing of the user is put at risk.
type Stage struct {
	secret   string // content that must never get out
	home     string // folder that holds it in "diary"
	readOnly string // folder shown read-only in the box; holds "data.csv" and "tool"
	abstract string // name of a socket that listens, without file
	path     string // socket that listens, as a file
	port     int    // TCP port that listens
	pid      int    // a process of the same user

	tools   renderers.Tools
	lacking sync.Map // of a language's name: what it lacks, as a func() []string

	mu      sync.Mutex
	reached []string // what was connected to although nothing may be
	closers []func()
}

const secretVariable = "VISCODER_STAGE_SECRET"

// NewStage sets the stage up, in the temporary folder. Close it.
func NewStage() (*Stage, error) {
	s := &Stage{secret: newSecret()}
	for _, step := range []func() error{s.makeFiles, s.listen, s.startBystander, s.leaveOpen} {
		if err := step(); err != nil {
			s.Close()
			return nil, fmt.Errorf("setting the stage for hostile programs: %w", err)
		}
	}
	return s, nil
}

// newSecret is a word, so that tools which quote what they cannot read quote it
// whole.
func newSecret() string {
	letters := make([]byte, 16)
	for i := range letters {
		letters[i] = 'a' + byte(rand.IntN(26))
	}
	return "xyzzy" + string(letters)
}

// Close gives everything back.
func (s *Stage) Close() {
	for i := len(s.closers) - 1; i >= 0; i-- {
		s.closers[i]()
	}
	s.closers = nil
}

func (s *Stage) onClose(f func()) { s.closers = append(s.closers, f) }

func (s *Stage) makeFiles() error {
	dir, err := os.MkdirTemp("", "viscoder-stage-")
	if err != nil {
		return err
	}
	s.onClose(func() { os.RemoveAll(dir) })
	s.home, s.readOnly = filepath.Join(dir, "home"), filepath.Join(dir, "shown")
	err = cmp.Or(os.Mkdir(s.home, 0o755), os.Mkdir(s.readOnly, 0o755))
	if err != nil {
		return err
	}
	// Everybody may come in: only the box itself is to keep programs out.
	for d := s.home; d != filepath.Clean(os.TempDir()) && d != "/"; d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o777); err != nil {
			return err
		}
	}
	tool, err := os.ReadFile("/usr/bin/id")
	return cmp.Or(err,
		os.WriteFile(s.diary(), []byte(s.secret+" 1 2\n"), 0o666), os.Chmod(s.diary(), 0o666),
		os.WriteFile(s.data(), []byte(dataOfStage), 0o644), os.Chmod(s.readOnly, 0o755),
		os.WriteFile(filepath.Join(s.readOnly, "tool"), tool, 0o755), os.Chmod(filepath.Join(s.readOnly, "tool"), 0o755|os.ModeSetuid))
}

const dataOfStage = "a,b\n1,2\n"

func (s *Stage) diary() string { return filepath.Join(s.home, "diary") }
func (s *Stage) data() string  { return filepath.Join(s.readOnly, "data.csv") }

// listen opens sockets and notes who comes. The one with a port is a web
// server that tells the secret to everybody.
func (s *Stage) listen() error {
	s.abstract = fmt.Sprintf("viscoder-stage-%d-%d", os.Getpid(), time.Now().UnixNano())
	s.path = filepath.Join(s.home, "agent.sock")
	for _, address := range []string{"@" + s.abstract, s.path} {
		l, err := net.Listen("unix", address)
		if err != nil {
			return err
		}
		s.onClose(func() { l.Close() })
		go s.welcome(l, "the socket "+address)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.port = l.Addr().(*net.TCPAddr).Port
	server := &http.Server{
		ReadHeaderTimeout: time.Minute,
		ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				s.note("port " + strconv.Itoa(s.port))
			}
		},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s.note(r.URL.Path)
			w.Header().Set("Access-Control-Allow-Origin", "*")
			_, _ = io.WriteString(w, "a,b\n"+s.secret+",2\n")
		}),
	}
	s.onClose(func() { server.Close() })
	go func() { _ = server.Serve(l) }() // ends by Close
	return nil
}

func (s *Stage) welcome(l net.Listener, name string) {
	for {
		c, err := l.Accept()
		if err != nil {
			return // closed
		}
		s.note(name)
		c.Close()
	}
}

func (s *Stage) note(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reached = append(s.reached, what)
}

func (s *Stage) startBystander() error {
	bystander := exec.Command("sleep", "3600")
	if err := bystander.Start(); err != nil {
		return err
	}
	s.onClose(func() {
		_ = bystander.Process.Kill()
		_ = bystander.Wait()
	})
	s.pid = bystander.Process.Pid
	return nil
}

// leaveOpen opens the secret as C code opens files, without close-on-exec, and
// puts it into the environment.
func (s *Stage) leaveOpen() error {
	fd, err := unix.Open(s.diary(), unix.O_RDWR, 0)
	if err != nil {
		return err
	}
	s.onClose(func() { unix.Close(fd) })
	s.onClose(func() { os.Unsetenv(secretVariable) })
	return os.Setenv(secretVariable, s.secret)
}

// Harm says what was changed or reached, once programs have run.
func (s *Stage) Harm() error {
	var all []error
	if err := syscall.Kill(s.pid, 0); err != nil {
		all = append(all, fmt.Errorf("a process of the same user was ended: %w", err))
	}
	for path, want := range map[string]string{s.diary(): s.secret + " 1 2\n", s.data(): dataOfStage} {
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			all = append(all, fmt.Errorf("%s was changed", path))
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.reached) > 0 {
		all = append(all, fmt.Errorf("these were reached: %s", strings.Join(s.reached, ", ")))
	}
	return errors.Join(all...)
}

// fill puts the names of the stage and the numbers of system calls into a
// program of the box.
func (s *Stage) fill(program string) string {
	return strings.NewReplacer(
		"@HOME@", s.home, "@READONLY@", s.readOnly, "@ABSTRACT@", s.abstract, "@SOCKET@", s.path,
		"@PORT@", strconv.Itoa(s.port), "@PID@", strconv.Itoa(s.pid), "@TESTER@", strconv.Itoa(os.Getpid()),
		"@IOCTL@", strconv.Itoa(unix.SYS_IOCTL), "@CLONE@", strconv.Itoa(unix.SYS_CLONE),
	).Replace(program)
}

// outside is where a program of a language is to leave a file.
func (s *Stage) outside(name string) string {
	return filepath.Join(s.home, strings.ReplaceAll(name, " ", "-"))
}

// missing are the tools that a language lacks, asked for once.
func (s *Stage) missing(ctx context.Context, l *renderers.Language) []string {
	ask, _ := s.lacking.LoadOrStore(l.Name, sync.OnceValue(func() []string { return l.LookFor(ctx, &s.tools).Missing() }))
	return ask.(func() []string)()
}

// fillText does so for a program of a language.
func (s *Stage) fillText(p Program) string {
	address := fmt.Sprintf("http://127.0.0.1:%d/%s", s.port, strings.ReplaceAll(p.Name, " ", "-"))
	return strings.NewReplacer("SECRET", s.diary(), "OUTSIDE", s.outside(p.Name), "ADDRESS", address).Replace(p.Text)
}
