// Server-sent events out of a fetch response, whole or in pieces.

export class EventParser {
  constructor(onEvent) {
    this.onEvent = onEvent;
    this.rest = '';
    this.name = 'message';
    this.data = [];
  }

  push(text) {
    const lines = (this.rest + text).split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop();
    lines.forEach((line) => this.line(line));
  }

  line(line) {
    if (line === '') {
      this.dispatch();
      return;
    }
    const colon = line.indexOf(':');
    if (colon === 0) return; // a comment: the server showing that it is alive
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') this.name = value;
    if (field === 'data') this.data.push(value);
  }

  dispatch() {
    const name = this.name;
    const data = this.data.join('\n');
    this.name = 'message';
    this.data = [];
    if (data) this.onEvent(name, JSON.parse(data));
  }
}

// `onProgress` runs after every piece and ends the reading by returning true.
export async function readEvents(response, onEvent, onProgress) {
  const parser = new EventParser(onEvent);
  if (!response.body || !response.body.getReader) {
    parser.push(await response.text()); // an old WebView: all at once
    return;
  }
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  for (;;) {
    const part = await reader.read();
    if (part.done) return;
    parser.push(decoder.decode(part.value, { stream: true }));
    if (onProgress()) {
      reader.cancel().catch(() => {});
      return;
    }
  }
}
