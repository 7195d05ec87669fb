import '@fontsource-variable/inter/wght.css';
import '@fontsource-variable/jetbrains-mono/wght.css';
import './ui/tokens.css';
import './ui/base.css';
import { createRoot } from 'react-dom/client';
import { createBridgeClient } from './app/bridge-client.ts';
import { createEngineStore, feedEngineStore } from './app/engine-store.ts';
import { HarrierContext } from './app/harrier.ts';
import { language } from './app/language.ts';
import { createPrefs } from './app/prefs.ts';
import { Shell } from './app/shell.tsx';
import { createSocketClient, reloadOnToken, signIn } from './app/socket-client.ts';
import { signStyles } from './app/style-nonce.ts';
import { followTheme } from './app/theme.ts';
import { draftStore, keepDraft } from './runners/wizard/draft.ts';

/** Finds its host (the preload's bridge, or the web host this page came from) and shows the window. */
signStyles(document);
document.documentElement.lang = language.tag;
document.documentElement.dir = language.direction;
const prefs = createPrefs(window.localStorage);
followTheme(prefs, document.documentElement, window);
const store = createEngineStore();
const client = window.harrier
  ? createBridgeClient(window.harrier)
  : createSocketClient({
      url: `ws://${window.location.host}/socket`,
      signIn: () => signIn(window),
      onRefused: () => store.getState().setConnection('refused'),
    });
if (!window.harrier) reloadOnToken(window);
feedEngineStore(store, client);
keepDraft(draftStore, window.localStorage);
const root = document.getElementById('root');
if (root)
  createRoot(root).render(
    <HarrierContext value={{ client, store, prefs }}>
      <Shell />
    </HarrierContext>,
  );
