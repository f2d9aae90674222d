// A real S3 engine for tests: versitygw, built once by Go from a pinned version and kept in `.cache`. Without Go a test says
// that it did not run against it.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { S3User } from './s3-signature.ts';

const version = 'v1.8.0';
/** The hash of the module, as Go states it of what it built from. */
const moduleSum = 'h1:au+wI+aybno/STsQiSm35Uu6Q6iK5MWReQxgO6SEMFc=';
const name = 'github.com/versity/versitygw';

/** The program, built where it is not there yet; undefined where there is no Go. The first build takes minutes. */
export function ensureVersitygw(): string | undefined {
  const dir = path.join(fileURLToPath(new URL('../../../../.cache/', import.meta.url)), `versitygw-${version}`);
  const program = path.join(dir, 'versitygw');
  try {
    execFileSync('go', ['version'], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  if (!existsSync(program)) {
    const building = `${dir}.${process.pid}`;
    mkdirSync(building, { recursive: true });
    execFileSync('go', ['install', `${name}/cmd/versitygw@${version}`], {
      env: { ...process.env, GOBIN: building, GOFLAGS: '-buildvcs=false' },
      stdio: ['ignore', 'ignore', 'pipe'],
      maxBuffer: 1 << 26,
    });
    mkdirSync(dir, { recursive: true });
    renameSync(path.join(building, 'versitygw'), program);
    rmSync(building, { recursive: true, force: true });
  }
  const built = execFileSync('go', ['version', '-m', program], { encoding: 'utf8' });
  if (!built.includes(`${name}\t${version}\t${moduleSum}`)) throw new Error(`${program} is not ${name} ${version}.`);
  return program;
}

/** A running engine with the bucket `bucket`, on a free loopback port. */
export interface Versitygw extends AsyncDisposable {
  readonly origin: string;
  readonly user: S3User;
  readonly region: string;
  /** SIGKILL, and it is gone when this resolves. */
  kill(): Promise<void>;
  /** Starts it again on the same port and the same data. */
  restart(): Promise<void>;
  /** SIGSTOP or SIGCONT. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
}

/** Starts `program` on `dataDir`. Callers dispose of it. */
export async function startVersitygw(program: string, dataDir: string): Promise<Versitygw> {
  const port = await freePort();
  const user: S3User = { accessKeyId: 'ROOTKEY', secretAccessKey: 'rootsecret' };
  mkdirSync(path.join(dataDir, 'bucket'), { recursive: true });
  let child: ChildProcess | undefined;
  const start = async () => {
    child = spawn(program, ['--port', `127.0.0.1:${port}`, '--quiet', '--keep-alive', 'posix', dataDir], {
      env: { ...process.env, ROOT_ACCESS_KEY: user.accessKeyId, ROOT_SECRET_KEY: user.secretAccessKey },
      stdio: 'ignore',
    });
    await listening(port, child);
  };
  const kill = async () => {
    const ended = new Promise((resolve) => child?.once('close', resolve));
    if (child?.kill('SIGKILL') === true) await ended;
  };
  await start();
  return {
    origin: `http://127.0.0.1:${port}`,
    user,
    region: 'us-east-1',
    kill,
    restart: start,
    signal: (signal) => void child?.kill(signal),
    [Symbol.asyncDispose]: kill,
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listening(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    if (child.exitCode !== null) throw new Error(`versitygw ended with ${child.exitCode}.`);
    const connected = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
    if (connected) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('versitygw does not listen.');
}
