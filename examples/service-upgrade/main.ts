// Upgrades an environment while a service runs in it. The running service imports the old release to its end, the next
// one the new release. `main.ts ENVIRONMENT OLD NEW`, each of the last two a requirement or a wheel of "greeting".
import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { createVenv, install, openTool, readSettings } from 'wheelwright';

const [dir = '.venv', before = 'greeting==1.0', after = 'greeting==2.0'] = process.argv.slice(2);
const tool = openTool(readSettings());
const { environment } = await createVenv(tool, { dir });
const environmentDir = environment.dir;

await install(tool, { environment: environmentDir, requirements: [before] });
const running = startService();
console.log(`running service: ${await running.ask()}`);
await install(tool, { environment: environmentDir, requirements: [after] });
console.log(`running service after the upgrade: ${await running.ask()}`);
const restarted = startService();
console.log(`restarted service: ${await restarted.ask()}`);
running.stop();
restarted.stop();
await tool.close();

function startService() {
  const service = path.join(import.meta.dirname, 'service.py');
  const child = spawn(path.join(environmentDir, 'bin', 'python'), [service], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    async ask() {
      child.stdin.write('\n');
      return (await answers.next()).value as string;
    },
    stop: () => child.stdin.end(),
  };
}
