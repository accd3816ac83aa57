package renderers

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// leaks changes all that a program can change around itself.
const leaks = `
import builtins, os, random, resource, signal, subprocess, sys, threading, time, types, warnings
import numpy as np, pandas as pd, matplotlib as mpl, matplotlib.pyplot as plt, seaborn as sns
def left(path):
    os.makedirs(os.path.dirname(path) or '.', exist_ok=True)
    open(path, 'w').write('left')
for path in ('left.txt', '.left', 'deep/er/left.txt', '/tmp/left', '/tmp/.left/x', '/tmp/home/left', '/tmp/home/.config/left', '/dev/shm/left', '/tmp/matplotlib/left', '/tmp/matplotlib/matplotlibrc'):
    left(path)
os.symlink('/etc/passwd', 'figure-1.png')
os.mkfifo('/tmp/fifo')
for folder in ('.', '/tmp', '/tmp/home', '/dev/shm'):
    try: os.setxattr(folder, 'user.left', b'1')
    except OSError: pass
    try: os.chmod(folder, 0o700)
    except OSError: pass
sys.modules['left'] = types.ModuleType('left')
sys.path.insert(0, '/tmp')
builtins.left = pd.left = np.left = 1
pd.read_csv = plt.show = mpl.figure.Figure.savefig = None
pd.set_option('display.max_rows', 3)
mpl.rcParams['figure.facecolor'] = 'black'
plt.style.use('dark_background')
sns.set_theme()
mpl.colormaps.register(mpl.colormaps['viridis'], name='left')
np.seterr(all='raise')
np.random.seed(1); random.seed(1)
warnings.simplefilter('error')
os.environ['LEFT'] = '1'
os.chdir('/tmp')
os.umask(0o777)
os.nice(5)
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for n in range(3): plt.figure()
threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
subprocess.Popen(['sleep', '600'], start_new_session=True)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        while True: signal.pause()
    os._exit(0)
print('left')
`

// looks tells all that leaks could have changed.
const looks = `
import builtins, glob, json, os, random, resource, signal, sys, threading, warnings
import numpy as np, pandas as pd, matplotlib as mpl, matplotlib.pyplot as plt
def folder(p): return sorted(os.listdir(p)), oct(os.stat(p).st_mode), [x for x in os.listxattr(p) if x.startswith('user.')]
print(json.dumps({
    'folders': [folder(p) for p in ('.', '/tmp', '/tmp/home', '/dev/shm', '/tmp/matplotlib')],
    'cwd': os.getcwd(), 'env': sorted(os.environ.items()), 'umask': os.umask(0o22), 'nice': os.nice(0), 'cpus': len(os.sched_getaffinity(0)),
    'limits': [resource.getrlimit(getattr(resource, n)) for n in dir(resource) if n.startswith('RLIMIT_')],
    'signals': [str(signal.getsignal(s)) for s in sorted(signal.valid_signals())], 'blocked': len(signal.pthread_sigmask(0, ())),
    'modules': sorted(sys.modules), 'path': sys.path, 'argv': sys.argv, 'builtins': sorted(vars(builtins)), 'globals': sorted(globals()),
    'pandas': sorted(vars(pd)), 'numpy': sorted(vars(np)), 'rows': pd.get_option('display.max_rows'), 'errors': str(np.geterr()),
    'rc': str(sorted(mpl.rcParams.items())), 'maps': sorted(mpl.colormaps), 'figures': plt.get_fignums(), 'reads': callable(pd.read_csv), 'shows': callable(plt.show),
    'filters': len(warnings.filters), 'threads': threading.active_count(), 'processes': len(glob.glob('/proc/[0-9]*')),
    'files': sorted(os.listdir('/proc/self/fd')), 'session': os.getsid(0) == os.getpid(),
}, indent=1))
plt.plot([1, 2])
`

func TestNothingPassesFromOneWarmRunToTheNext(t *testing.T) {
	r := warmRunner(t)
	before := runWarm(t, r, looks)
	require.Nil(t, before.Diagnostic, "%+v", before.Diagnostic)
	worker := r.warm.seats[0].worker
	left := runWarm(t, r, leaks)
	require.Equal(t, "left\n", left.Stdout, "%+v", left.Diagnostic)
	after := runWarm(t, r, looks)
	require.Nil(t, after.Diagnostic, "%+v", after.Diagnostic)
	assert.Equal(t, before.Stdout, after.Stdout)
	assert.Same(t, worker, r.warm.seats[0].worker, "the runs had one worker, or this shows nothing")
}

// What a warm Python has loaded by itself must not make a program run that
// fails anywhere else.
func TestWarmRunSeesWhatAColdOneSees(t *testing.T) {
	r := warmRunner(t)
	for name, program := range map[string]string{
		"seaborn's colours without seaborn": "import matplotlib.pyplot as plt\nplt.imshow([[1, 2]], cmap='rocket')\n",
		"seaborn under no name":             "import sys\nassert 'seaborn' not in sys.modules\nsns.lineplot(x=[1], y=[2])\n",
	} {
		o := runWarm(t, r, program)
		require.NotNil(t, o.Diagnostic, name)
		assert.Equal(t, KindProgram, o.Diagnostic.Kind)
	}
	o := runWarm(t, r, "import seaborn as sns, matplotlib.pyplot as plt\nplt.imshow([[1, 2]], cmap='rocket')\nimport seaborn.objects as so\nso.Plot\n")
	assert.Nil(t, o.Diagnostic, "%+v", o.Diagnostic)
}

func TestWarmRunsHaveRandomNumbersOfTheirOwn(t *testing.T) {
	r := warmRunner(t)
	program := "import random, numpy as np, matplotlib.pyplot as plt\nprint(random.random(), np.random.rand())\nplt.plot([1, 2])\n"
	assert.NotEqual(t, runWarm(t, r, program).Stdout, runWarm(t, r, program).Stdout)
}
