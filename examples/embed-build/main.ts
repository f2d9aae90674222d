// Builds the wheel of a Python source tree with whatever backend its pyproject.toml names.
import { homedir } from 'node:os';
import path from 'node:path';
import { build, createPipProvisioner } from '@wheelwright/pep517';

const sourceDir = path.resolve(process.argv[2] ?? '../orrery');
const cacheDir = path.resolve(process.argv[3] ?? path.join(homedir(), '.cache', 'embed-build'));
const environment = process.env;

const wheel = await build({
  sourceDir,
  kind: 'wheel',
  outDir: path.resolve('dist'),
  buildsDir: path.join(cacheDir, 'builds'),
  interpreter: { executable: 'python3' },
  provisioner: createPipProvisioner({ environmentsDir: path.join(cacheDir, 'environments'), environment }),
  environment,
});
console.log(`${wheel.path} (${wheel.name} ${wheel.version}, ${wheel.size} bytes)`);
