import { language } from './language.ts';
import { type MessageId, messages } from './messages.ts';
import { formatMessage, type Values } from './translate.ts';

/** A text by its id. */
export const t = (id: MessageId, values: Values = {}): string =>
  language.whole(formatMessage(messages[id], values, language));
