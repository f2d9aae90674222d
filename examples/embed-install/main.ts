// Makes an environment and installs requirements in it. Ctrl-C cancels the install and leaves the environment as it was.
import { createVenv, exitCodeOf, install, list, openTool, readSettings } from 'wheelwright';

const [dir = '.venv', ...requirements] = process.argv.slice(2);
const controller = new AbortController();
process.once('SIGINT', () => controller.abort());

const tool = openTool(readSettings(), { onEvent: (event) => console.error(event.event) });
try {
  const { environment } = await createVenv(tool, { dir });
  await install(tool, { environment: environment.dir, requirements, check: ['imports'], signal: controller.signal });
  for (const { name, version } of await list(tool, { environment: environment.dir })) console.log(`${name} ${version}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = exitCodeOf(error);
} finally {
  await tool.close();
}
