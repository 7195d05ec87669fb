import { type MessageId, messages } from './messages.ts';
import { formatMessage, type Values } from './translate.ts';

/** The language of the texts; dates and numbers follow it. */
export const locale = 'en';

/** A text by its id. */
export const t = (id: MessageId, values: Values = {}): string => formatMessage(messages[id], values, locale);
