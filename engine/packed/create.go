package packed

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"viscoder/internal/atomicfile"
)

// leaveFree is what a file must leave free of its disk, in bytes.
const leaveFree = 1 << 30

// Writer is a file being made: weights are written into it at At, and Memory
// shows them.
type Writer struct {
	out    *atomicfile.File
	path   string
	key    Key
	memory []byte
	bytes  int64
}

// Create begins the file that Commit will place at path, with an image of the
// given size, for those who perm allows. The folder must exist, and the disk have
// room.
func Create(path string, key Key, imageBytes int64, perm os.FileMode) (*Writer, error) {
	if err := room(filepath.Dir(path), imageBytes); err != nil {
		return nil, err
	}
	sweep(path)
	out, err := atomicfile.Create(path, perm)
	if err != nil {
		return nil, err
	}
	w := &Writer{out: out, path: path, key: key, bytes: imageBytes}
	if err := w.reserve(); err != nil {
		w.Abort()
		return nil, err
	}
	return w, nil
}

func (w *Writer) reserve() error {
	fd := int(w.out.Fd())
	// Held while the file is being made: who finds it unlocked may remove it.
	if err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return os.NewSyscallError("flock", err)
	}
	if err := w.out.Truncate(imageAt + w.bytes); err != nil {
		return err
	}
	// Where the file system cannot reserve, a write will say that the disk is full.
	if err := unix.Fallocate(fd, 0, imageAt, w.bytes); err == unix.ENOSPC {
		return os.NewSyscallError("fallocate", err)
	}
	if err := w.fill(); err != nil {
		return err
	}
	memory, err := unix.Mmap(fd, imageAt, int(w.bytes), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return os.NewSyscallError("mmap", err)
	}
	w.memory = memory
	return nil
}

// fill writes zeros, a huge page at a time. The page cache then holds the image in
// huge pages, which a mapping shows as such: weights are streamed once a token,
// and small pages would cost some per cent of the speed.
func (w *Writer) fill() error {
	zeros := make([]byte, hugePage)
	var work errgroup.Group
	work.SetLimit(runtime.GOMAXPROCS(0))
	for at := int64(imageAt); at < imageAt+w.bytes; at += hugePage {
		work.Go(func() error {
			_, err := w.out.WriteAt(zeros[:min(hugePage, imageAt+w.bytes-at)], at)
			return err
		})
	}
	return work.Wait()
}

// room says whether dir's disk can hold so many bytes more.
func room(dir string, bytes int64) error {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return os.NewSyscallError("statfs", err)
	}
	if free := int64(s.Bavail) * s.Bsize; free < bytes+leaveFree {
		return fmt.Errorf("%s has %d MiB free, and packed weights of %d MiB must leave 1024", dir, free>>20, bytes>>20)
	}
	return nil
}

// sweep removes what a process that was killed has left of the file at path.
func sweep(path string) {
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "."+globQuoted(filepath.Base(path))+".*.tmp"))
	for _, name := range left {
		f, err := os.Open(name)
		if err != nil {
			continue
		}
		if unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil {
			_ = os.Remove(name)
		}
		_ = f.Close()
	}
}

// globQuoted makes a name match itself only.
func globQuoted(name string) string {
	var out []rune
	for _, r := range name {
		switch r {
		case '*', '?', '[', '\\':
			out = append(out, '\\')
		}
		out = append(out, r)
	}
	return string(out)
}

// Memory shows the image: read-only, page-aligned, until Close.
func (w *Writer) Memory() []byte { return w.memory }

// File is where the image is written to, from At on.
func (w *Writer) File() *os.File { return w.out.File }

// At is the offset of the image in File, in bytes.
func (w *Writer) At() int64 { return imageAt }

// Path is where Commit places the file.
func (w *Writer) Path() string { return w.path }

// Seal sums the weights, which have been written, on all cores, and adds blobs,
// which are made meanwhile. After an error the file is gone, and Memory still
// shows the weights.
func (w *Writer) Seal(ctx context.Context, sections []Section, makeBlobs func() []Blob) (err error) {
	defer func() {
		if err != nil {
			w.out.Abort()
		}
	}()
	blobs := make(chan []Blob, 1)
	go func() { blobs <- makeBlobs() }()
	t, err := w.sums(ctx, sections)
	if err := w.seal(t, <-blobs, err); err != nil {
		return err
	}
	return ctx.Err()
}

func (w *Writer) seal(t *table, blobs []Blob, err error) error {
	if err != nil {
		return err
	}
	at := padded(imageAt+w.bytes, pageSize)
	for _, b := range blobs {
		if _, err := w.out.WriteAt(b.Data, at); err != nil {
			return err
		}
		t.blobs = append(t.blobs, place{b.Name, at, int64(len(b.Data)), sum(b.Data)})
		at = padded(at+int64(len(b.Data)), pageSize)
	}
	rows := t.encode()
	h := header{
		Version: version, Model: w.key.Model, Layout: layoutHash(w.key.Layout), ImageBytes: w.bytes,
		Size: at + int64(len(rows)), TableAt: at, TableBytes: int64(len(rows)), TableSum: sum(rows),
	}
	copy(h.Magic[:], magic)
	if _, err := w.out.WriteAt(rows, at); err != nil {
		return err
	}
	_, err = w.out.WriteAt(h.encode(), 0)
	return err
}

// Commit waits for the disk and places a sealed file. Memory goes on showing it.
func (w *Writer) Commit() error { return w.out.Commit() }

func (w *Writer) sums(ctx context.Context, sections []Section) (*table, error) {
	t := &table{sections: make([]Summed, len(sections))}
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(runtime.GOMAXPROCS(0))
	for i, s := range sections {
		if len(s.Name) > maxName {
			return nil, fmt.Errorf("the name of weight %q is too long", s.Name)
		}
		work.Go(func() error {
			t.sections[i] = Summed{s, sum(w.memory[s.Offset:][:s.Bytes])}
			return ctx.Err()
		})
	}
	return t, work.Wait()
}

// Abort removes the file unless Commit has placed it. Memory stays.
func (w *Writer) Abort() { w.out.Abort() }

// Close aborts and unmaps. It may be called twice.
func (w *Writer) Close() error {
	w.out.Abort()
	if w.memory == nil {
		return nil
	}
	err := unix.Munmap(w.memory)
	w.memory = nil
	return os.NewSyscallError("munmap", err)
}
