package packed

import (
	"cmp"
	"context"
	"io"
	"os"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"
)

// File is a mapped file of packed weights.
type File struct {
	path   string
	header *header
	table  *table
	memory []byte // all of the file
}

// Open maps the file at path, which must have been made from key. Errors other
// than those of reading are ErrForeign, ErrStale or ErrDamaged.
func Open(path string, key Key) (*File, error) {
	f, err := openAny(path)
	if err != nil {
		return nil, err
	}
	if !f.header.is(key) {
		_ = f.Close()
		return nil, ErrStale
	}
	return f, nil
}

// openAny maps a file whatever it was made from.
func openAny(path string) (*File, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, ErrForeign
	}
	page := make([]byte, headerSize)
	n, err := in.ReadAt(page, 0)
	if err != nil && err != io.EOF {
		return nil, err
	}
	h, err := readHeader(page[:n], info.Size())
	if err != nil {
		return nil, err
	}
	memory, err := unix.Mmap(int(in.Fd()), 0, int(h.Size), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, os.NewSyscallError("mmap", err)
	}
	// What is read from the disk comes in huge pages then. Advice only.
	_ = unix.Madvise(memory, unix.MADV_HUGEPAGE)
	f := &File{path: path, header: h, memory: memory}
	if err := f.readTable(); err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

func (f *File) readTable() error {
	t, err := readTable(f.memory[f.header.TableAt:][:f.header.TableBytes], f.header)
	if err != nil {
		return err
	}
	f.table = t
	for _, p := range t.blobs {
		if sum(f.memory[p.at:][:p.bytes]) != p.sum {
			return damaged("the checksum of its part %q is wrong", p.name)
		}
	}
	return nil
}

// Path is where the file lies.
func (f *File) Path() string { return f.path }

// Image is the packed weights: read-only memory, page-aligned, until Close.
func (f *File) Image() []byte { return f.memory[imageAt:][:f.header.ImageBytes] }

// Prefetch asks the kernel to read all of the file, and does not wait. Costs
// nothing for what is in memory already.
func (f *File) Prefetch() { _ = unix.Madvise(f.memory, unix.MADV_WILLNEED) }

// Sections lists the weights of the image, by offset.
func (f *File) Sections() []Section {
	list := make([]Section, len(f.table.sections))
	for i, s := range f.table.sections {
		list[i] = s.Section
	}
	return list
}

// Blob is a piece of the file, nil where there is none of the name: read-only
// memory until Close.
func (f *File) Blob(name string) []byte {
	for _, p := range f.table.blobs {
		if p.name == name {
			return f.memory[p.at:][:p.bytes]
		}
	}
	return nil
}

// Verify compares all weights with their checksums, on all cores.
func (f *File) Verify(ctx context.Context) error {
	bySize := slices.Clone(f.table.sections)
	slices.SortFunc(bySize, func(a, b Summed) int { return cmp.Compare(b.Bytes, a.Bytes) })
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(runtime.GOMAXPROCS(0))
	for _, s := range bySize {
		work.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			if sum(f.Image()[s.Offset:][:s.Bytes]) != s.Sum {
				return damaged("the checksum of weight %q is wrong", s.Name)
			}
			return nil
		})
	}
	return work.Wait()
}

// Close unmaps the file; its memory may not be used afterwards. It may be called
// twice.
func (f *File) Close() error {
	if f.memory == nil {
		return nil
	}
	err := unix.Munmap(f.memory)
	f.memory = nil
	return os.NewSyscallError("munmap", err)
}
