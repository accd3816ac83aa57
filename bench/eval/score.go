package eval

import (
	"context"
	"path/filepath"

	"viscoder/internal/atomicfile"
	"viscoder/internal/fault"
	"viscoder/renderers"
	"viscoder/renderers/picture"
)

// score adds what is known of the picture.
func (r *run) score(ctx context.Context, t Task, out *Result, outcomes map[string]renderers.Outcome) error {
	if err := r.reference(ctx, t, out); err != nil {
		return err
	}
	if r.Judge != nil {
		var err error
		if out.Judged, err = r.Judge.judge(ctx, r.store.Dir, *out); err != nil {
			return err
		}
	}
	best := out.best()
	if !out.Passed || best == nil {
		return nil
	}
	r.look(out)
	if r.Checker == nil {
		return nil
	}
	d := Drawn{Program: best.Program}
	var known bool
	if d.Outcome, known = outcomes[best.Program]; !known { // a policy ran it by other means
		var err error
		if d.Outcome, err = r.rerun(ctx, t, best.Program, filepath.Join(r.store.Dir, filepath.FromSlash(out.Folder), "checked")); err != nil {
			return err
		}
	}
	if score, failed, ok := r.Checker.Check(ctx, t, d); ok {
		out.Fidelity, out.Failed = &score, failed
	}
	return nil
}

// reference puts how the task should look beside its result: the picture that
// the task brings, else what its reference program draws, if that is wanted.
func (r *run) reference(ctx context.Context, t Task, out *Result) error {
	dir := filepath.Join(r.store.Dir, referenceFolder, t.slug())
	switch {
	case t.Picture != nil:
		if err := fresh(dir); err != nil {
			return err
		}
		path := filepath.Join(dir, "picture."+picture.FormatOf(t.Picture))
		if err := atomicfile.WriteFile(path, t.Picture, 0o644); err != nil {
			return fault.Wrap(err, fault.Usage, "cannot write the reference of task %s", t.Key())
		}
		out.Reference = relative(r.store.Dir, path)
	case r.store.Settings.References && t.Reference != "":
		path, err := r.drawReference(ctx, t, dir)
		if err != nil {
			return err
		}
		out.Reference = relative(r.store.Dir, path)
	}
	return nil
}

// drawReference runs a reference program; "" if it draws nothing here, since a
// reference that this machine cannot draw says nothing of the model.
func (r *run) drawReference(ctx context.Context, t Task, dir string) (string, error) {
	outcome, err := r.rerun(ctx, t, t.Reference, dir)
	if err != nil || len(outcome.Pictures) == 0 {
		return "", err
	}
	return outcome.Pictures[0], nil
}

// rerun runs a program on the task's data; pictures go to dir.
func (r *run) rerun(ctx context.Context, t Task, program, dir string) (renderers.Outcome, error) {
	lang, ok := renderers.ByName(t.Language)
	if !ok {
		return renderers.Outcome{}, fault.New(fault.Internal, "task %s has no language", t.Key())
	}
	if err := fresh(dir); err != nil {
		return renderers.Outcome{}, err
	}
	request, err := t.request(dir)
	if err != nil {
		return renderers.Outcome{}, err
	}
	job := renderers.Job{Language: lang, Program: program, Out: dir}
	for _, path := range request.Data {
		job.Data = append(job.Data, renderers.DataFile{Path: path})
	}
	return r.Runner.Run(ctx, job)
}

// look compares the picture with the reference. A picture that cannot be opened
// as pixels, such as a PDF, has no likeness.
func (r *run) look(out *Result) {
	if out.Reference == "" || out.Picture == "" {
		return
	}
	drawn, err := picture.Load(filepath.Join(r.store.Dir, filepath.FromSlash(out.Picture)))
	if err != nil {
		return
	}
	wanted, err := picture.Load(filepath.Join(r.store.Dir, filepath.FromSlash(out.Reference)))
	if err != nil {
		return
	}
	likeness := SSIM(drawn.Image, wanted.Image)
	out.SSIM = &likeness
}
