// `npm run bench -- ui`: the window in a real Chromium, through the web host, on a real engine.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';
import { root } from '../tools/install.mjs';

const logMb = Number(process.env.BENCH_LOG_MB ?? 500);
const logBytes = logMb * 1e6;
const jobCount = 10_000;
/** Which of them has the large log. */
const large = 1;
const runs = 3;
const linesPerSecond = 1000;

/** Lines as a build prints them: colours, UTF-8, some long ones, a section now and then. */
function writeLargeLog(path, size) {
  const rows = Array.from({ length: 2000 }, (_, at) =>
    at % 400 === 0
      ? `section_start:1764000000:part_${at}\r\x1b[0K\x1b[36mPart ${at}\x1b[0;m`
      : at % 400 === 399
        ? `section_end:1764000009:part_${at - 399}\r\x1b[0K\x1b[32mdone\x1b[0m`
        : at % 50 === 7
          ? `\x1b[1;33mwarning\x1b[0m in ./src/näher/module-${at}.ts: ${'unused import '.repeat(at % 12)}`
          : `[${at}/2000] Compiling crate-${(at * 7919) % 997} v1.${at % 60}.0 (/home/mira/code/orbit/crates/x${at})`,
  );
  const block = Buffer.from(`${rows.join('\n')}\n`);
  const file = openSync(path, 'w');
  for (let at = 0; at < size; at += block.length) writeSync(file, block, 0, Math.min(block.length, size - at));
  closeSync(file);
}

/** Ended jobs as the history has them, newest first. Not the newest, which a window opens by itself, has the large log. */
function writeHistory(data, now) {
  mkdirSync(join(data, 'large'), { recursive: true });
  writeLargeLog(join(data, 'large', 'trace.log'), logBytes);
  const projects = ['orbit/web', 'orbit/api', 'orbit/infra', 'mira/dotfiles', 'orbit/mobile'];
  const names = ['unit', 'lint', 'build:linux', 'deploy-review', 'integration', 'e2e:chromium', 'docs'];
  const view = (at) => ({
    key: `bench-${at}`,
    id: 900_000 - at,
    name: at === large ? 'the-large-log' : `${names[at % names.length]} ${at % 9}/9`,
    stage: 'test',
    project: projects[at % projects.length],
    ref: at % 3 === 0 ? 'main' : `feature/ticket-${at % 500}`,
    sha: (at * 2_654_435_761).toString(16).padStart(40, '0').slice(0, 40),
    runner: 'bench',
    runnerName: 'bench',
    executor: 'shell',
    state: at % 11 === 0 ? 'failed' : 'passed',
    startedMs: now - at * 240_000,
    endedMs: now - at * 240_000 + 95_000,
    queuedSeconds: 2,
    timeoutSeconds: 3600,
    traceBytes: at === large ? logBytes : 12_000,
    stages: ['prepare_executor', 'get_sources', 'step_script', 'upload_artifacts_on_success'].map((name, step) => ({
      name,
      startedMs: now - at * 240_000 + step * 1000,
      endedMs: now - at * 240_000 + step * 1000 + 900,
      failed: false,
    })),
    details: {},
  });
  const lines = Array.from({ length: jobCount }, (_, at) =>
    JSON.stringify({ folder: join(data, at === large ? 'large' : `job-${at}`), view: view(at) }),
  );
  writeFileSync(join(data, 'history.ndjson'), `${lines.reverse().join('\n')}\n`);
}

/** Installed before the page's own scripts: notes when the engine answers, and measures frames. */
function instruments() {
  const bench = { asked: 0, answered: 0, shown: 0, frames: [], measuring: false };
  window.bench = bench;
  const Real = WebSocket;
  window.WebSocket = class extends Real {
    constructor(url) {
      super(url);
      this.addEventListener('message', ({ data }) => {
        if (bench.answered === 0 && data.startsWith(`{"id":${bench.asked},`)) bench.answered = performance.now();
      });
    }
    send(text) {
      if (bench.asked === 0 && text.includes('"engine.snapshot"')) bench.asked = JSON.parse(text).id;
      super.send(text);
    }
  };
  let last = 0;
  const frame = (now) => {
    if (bench.measuring && last > 0) bench.frames.push(now - last);
    last = now;
    if (bench.shown === 0 && document.querySelector('[data-job]') !== null)
      // What stands in the page now is painted with this frame.
      setTimeout(() => {
        bench.shown ||= performance.now();
      });
    bench.onFrame?.(now);
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  bench.measure = () => {
    bench.frames = [];
    last = 0;
    bench.measuring = true;
  };
  bench.end = () => {
    bench.measuring = false;
    return bench.frames;
  };
  /** When something of this selector was painted, counted from now. */
  bench.painted = (selector, text) =>
    new Promise((done) => {
      const from = performance.now();
      bench.onFrame = () => {
        const found = [...document.querySelectorAll(selector)].some((element) => element.textContent.includes(text));
        if (!found) return;
        bench.onFrame = undefined;
        setTimeout(() => done(performance.now() - from));
      };
    });
}

const sorted = (values) => [...values].sort((a, b) => a - b);
const quantile = (values, q) => sorted(values)[Math.min(values.length - 1, Math.floor(values.length * q))] ?? 0;
const ms = (value) => `${Math.round(value)} ms`;
const median = (values) => quantile(values, 0.5);
/** What is said of frames: how long the 99th of a hundred took, and the longest; the median of the runs. */
const framesText = (list) =>
  `99 % of frames within ${ms(median(list.map((frames) => quantile(frames, 0.99))))}, longest ${ms(median(list.map((frames) => Math.max(...frames))))} (${Math.min(...list.map(({ length }) => length))} frames or more a run)`;

async function open(browser, url) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.addInitScript(instruments);
  await page.goto(url);
  await page.waitForFunction(() => window.bench.shown > 0, undefined, { timeout: 60_000 });
  return { page, context };
}

/** Bytes of JavaScript and the number of DOM nodes after a collection; private memory of the page's whole process. */
async function memoryOf(browser, page) {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.enable');
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  const { nodes } = await session.send('Memory.getDOMCounters');
  const { processInfo } = await (await browser.newBrowserCDPSession()).send('SystemInfo.getProcessInfo');
  const sizes = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => privateMb(id));
  return { heapMb: usedSize / 1e6, nodes, processMb: Math.max(0, ...sizes) };
}
function privateMb(pid) {
  try {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    const kb = (key) => Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(rollup)?.[1] ?? 0);
    return (kb('Private_Clean') + kb('Private_Dirty')) / 1024;
  } catch {
    return 0;
  }
}

const memoryText = ({ heapMb, nodes, processMb }) =>
  `JavaScript ${heapMb.toFixed(0)} MB, ${nodes} DOM nodes, the page's whole process ${processMb.toFixed(0)} MB`;

const pause = (delayMs) => new Promise((done) => setTimeout(done, delayMs));

/** Turns the wheel for `turnMs`, as fast as a person would at most. */
async function wheel(page, turnMs, deltaOf) {
  const until = performance.now() + turnMs;
  for (let at = 0; performance.now() < until; at++) {
    await page.mouse.wheel(0, deltaOf(at));
    await pause(16);
  }
}

async function measured(page, act) {
  await page.evaluate(() => window.bench.measure());
  await act();
  return page.evaluate(() => window.bench.end());
}

async function jobsList(browser, url, tell) {
  const { page, context } = await open(browser, url);
  const first = await page.evaluate(() => [window.bench.answered, window.bench.shown]);
  const count = await page.evaluate(() => Number(document.querySelector('[data-job]')?.getAttribute('aria-setsize')));
  tell(
    `first view: ${ms(first[1] - first[0])} after the engine's answer, ${ms(first[1])} after the address was opened (${count} jobs in the list)`,
  );
  const frames = [];
  await page.getByRole('listbox').hover();
  for (let run = 0; run < runs; run++)
    frames.push(await measured(page, () => wheel(page, 3000, (at) => (at % 120 < 80 ? 700 : -900))));
  tell(`list of ${count} jobs, scrolling: ${framesText(frames)}`);
  await page.evaluate(() => {
    window.keys = [];
    document.addEventListener(
      'input',
      ({ timeStamp }) => requestAnimationFrame(() => setTimeout(() => window.keys.push(performance.now() - timeStamp))),
      true,
    );
  });
  await page.locator('[data-filter]').click();
  for (const text of ['deploy ticket', 'orbit api', 'zzz'])
    for (const key of [...text, ...Array(text.length).fill('Backspace')]) {
      await page.keyboard.press(key === ' ' ? 'Space' : key);
      await pause(60);
    }
  const keys = await page.evaluate(() => window.keys);
  tell(
    `list of ${count} jobs, filter: a key is on the screen after ${ms(quantile(keys, 0.5))}, 95 % within ${ms(quantile(keys, 0.95))}, longest ${ms(Math.max(...keys))} (${keys.length} keys)`,
  );
  await context.close();
}

async function largeLog(browser, url, tell) {
  const firsts = [];
  const alls = [];
  const frames = [];
  let memory;
  let counts = '';
  for (let run = 0; run < runs; run++) {
    const { page, context } = await open(browser, url);
    await page.evaluate(() => void (location.hash = '#/jobs/bench-5'));
    await pause(500);
    const painted = page.evaluate(() => window.bench.painted('[data-line]', 'Compiling'));
    await page.evaluate(() => void (location.hash = '#/jobs/bench-1'));
    firsts.push(await painted);
    const from = performance.now();
    await page.getByText(/^[\d,]{4,} lines$/).waitFor({ timeout: 120_000 });
    await page.getByText(/% read/).waitFor({ state: 'detached', timeout: 120_000 });
    alls.push(performance.now() - from + firsts.at(-1));
    counts = await page.getByText(/^[\d,]+ lines$/).textContent();
    await page.getByLabel('Lines of the log').click();
    frames.push(
      await measured(page, async () => {
        await wheel(page, 3000, (at) => (at % 100 < 60 ? 400 : -300));
        for (let at = 0; at < 40; at++) {
          await page.keyboard.press(at % 4 === 3 ? 'PageUp' : 'PageDown');
          await pause(30);
        }
        // The bar is dragged over the whole log.
        for (let at = 0; at < 40; at++) {
          await page.getByLabel('Lines of the log').evaluate(
            (box, share) => {
              box.scrollTop = share * (box.scrollHeight - box.clientHeight);
            },
            (at % 20) / 20,
          );
          await pause(50);
        }
      }),
    );
    memory = await memoryOf(browser, page);
    if (run === 0) {
      const began = performance.now();
      await page.getByLabel('Search log').fill('module-1307');
      const found = page.getByText(/^[\d,]+ of [\d,]+$/);
      await found.waitFor({ timeout: 120_000 });
      tell(
        `${logMb} MB log, search: all ${(await found.textContent())?.replace(/.* of /, '')} matches counted after ${ms(performance.now() - began)}`,
      );
    }
    await context.close();
  }
  tell(
    `${logMb} MB log: first lines on the screen after ${ms(median(firsts))}; ${counts} indexed after ${ms(alls[0])}, when it is opened again after ${ms(median(alls.slice(1)))}`,
  );
  tell(`${logMb} MB log, after scrolling: ${memoryText(memory)}`);
  tell(`${logMb} MB log, scrolling: ${framesText(frames)}`);
}

/** One job prints the large log, then, each time it is told to, the time of day a thousand times a second. */
async function follow(browser, url, { coordinator, home }, tell) {
  const stream = join(home, 'stream.mjs');
  const lines = linesPerSecond * 10;
  writeFileSync(
    stream,
    `import { existsSync } from 'node:fs';
for (let run = 0; run < ${runs}; run++) {
  while (!existsSync(${JSON.stringify(join(home, 'go-'))} + run)) await new Promise((done) => setTimeout(done, 20));
  const from = performance.now();
  for (let printed = 0; printed < ${lines}; await new Promise((done) => setTimeout(done, 1))) {
    const due = Math.min(${lines}, Math.floor((performance.now() - from) * ${linesPerSecond / 1000}));
    let text = '';
    for (; printed < due; printed++) text += \`stamp \${Date.now()} line \${run * ${lines} + printed} of the stream\\n\`;
    if (text) process.stdout.write(text);
  }
}
`,
  );
  const large = join(home, 'large.log');
  writeLargeLog(large, logBytes);
  const job = coordinator.queue({ script: [`cat ${large}`, `${process.execPath} ${stream}`, 'sleep 3'] });
  const { page, context } = await open(browser, url);
  await page.locator(`[data-job$="-${job.id}"]`).waitFor();
  await page.evaluate((id) => void (location.hash = `#/jobs/${id}`), job.id);
  await page.getByText('Following').waitFor({ timeout: 60_000 });
  // All of it has come, here and at the coordinator, before anything is timed.
  while (job.patches.reduce((sum, { size }) => sum + size, 0) < logBytes) await pause(500);
  await page.getByText(/% read/).waitFor({ state: 'detached', timeout: 120_000 });
  const frames = [];
  const seen = [];
  for (let run = 0; run < runs; run++) {
    await pause(1000);
    await page.evaluate(() => {
      window.seen = [];
      window.bench.onFrame = () => {
        const texts = [...document.querySelectorAll('[data-line]')].slice(-5).map((row) => row.textContent);
        const line = Number(/.*line (\d+) of the stream/.exec(texts.join(' '))?.[1] ?? -1);
        // What stands in the page in this frame is painted with it.
        if (line > (window.seen.at(-1)?.[0] ?? -1)) setTimeout(() => window.seen.push([line, Date.now()]));
      };
      window.bench.measure();
    });
    writeFileSync(join(home, `go-${run}`), '');
    await page.waitForFunction((last) => window.seen.at(-1)?.[0] >= last, (run + 1) * lines - 1, { timeout: 60_000 });
    const [of, more] = await page.evaluate(() => [window.seen, window.bench.end()]);
    seen.push(of);
    frames.push(more);
  }
  const memory = await memoryOf(browser, page);
  await job.done;
  const tail = job.traceBytes.subarray(logBytes).toString();
  const stamps = new Map(
    [...tail.matchAll(/stamp (\d+) line (\d+) of the stream/g)].map(([, at, line]) => [Number(line), Number(at)]),
  );
  const delays = seen.map((frame, run) => {
    let next = run * lines;
    const list = [];
    for (const [line, at] of frame) for (; next <= line; next++) list.push(at - stamps.get(next));
    return list;
  });
  await context.close();
  const of = (q) => ms(median(delays.map((list) => quantile(list, q))));
  const behind = `${linesPerSecond} lines/s behind ${logMb} MB`;
  tell(`a line printed at ${behind}: on the screen after ${of(0.5)}, 95 % within ${of(0.95)}, longest ${of(1)}`);
  tell(`following ${behind}: ${framesText(frames)}; ${memoryText(memory)}`);
}

/** What was measured, a line each. Chromium is that of CHROMIUM_PATH, or the first one in PATH. */
export async function benchUi({ folder, startTestCoordinator }) {
  const names = ['chromium', 'chromium-browser', 'google-chrome'];
  const places = (process.env.PATH ?? '').split(delimiter).flatMap((place) => names.map((name) => join(place, name)));
  const executablePath = process.env.CHROMIUM_PATH ?? places.find(existsSync);
  if (executablePath === undefined) return ['not measured: there is no Chromium'];
  const told = [];
  const tell = (row) => void told.push(row);
  const home = mkdtempSync(join(folder, 'ui-'));
  const data = join(home, 'data');
  const coordinator = await startTestCoordinator();
  const config = join(home, 'config.toml');
  // The engine's own folder is named after its config file.
  writeHistory(join(data, createHash('sha256').update(config).digest('hex').slice(0, 12)), Date.now() - 60_000);
  writeFileSync(
    config,
    `concurrent = 1\ncheck_interval = 1\n[[runners]]\n  name = "bench"\n  url = "${coordinator.url}"\n  token = "${coordinator.token}"\n` +
      `  output_limit = 4000000\n  executor = "shell"\n[harrier]\n  history_count = ${jobCount}\n`,
    { mode: 0o600 },
  );
  const engine = spawn(process.execPath, [join(root, 'dist/cli.js'), 'serve', '--config', config, '--port', '0'], {
    env: { PATH: process.env.PATH, HOME: home, HARRIER_DATA: data },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise((done) => {
    let said = '';
    engine.stdout.on('data', (chunk) => {
      said += chunk;
      const found = /http:\S+/.exec(said)?.[0];
      if (found) done(found);
    });
  });
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
  try {
    await jobsList(browser, url, tell);
    await largeLog(browser, url, tell);
    await follow(browser, url, { coordinator, home }, tell);
  } finally {
    await browser.close();
    engine.kill('SIGTERM');
    await new Promise((done) => engine.once('exit', done));
    await coordinator.close();
  }
  return told;
}
