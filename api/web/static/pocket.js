// Where a browser refuses storage to frames (private windows, third-party cookies blocked) it still keeps cookies that
// are ours on this one host's pages only, and so is the little that leads back to the last answers: their names.

const PLACES = 6;
const LONGEST = 60; // characters of a question; in a cookie each may take nine bytes, and a site has ten thousand
const SECONDS = 30 * 24 * 3600;

function put(name, value) {
  if (window.parent === window) return;
  const until = value ? SECONDS : 0;
  document.cookie =
    'guangzhi_' + name + '=' + encodeURIComponent(value) + '; Path=/widget; Max-Age=' + until + '; SameSite=None; Secure; Partitioned';
}

export function taken(name) {
  const found = document.cookie.split('; ').find((one) => one.indexOf('guangzhi_' + name + '=') === 0);
  return found ? decodeURIComponent(found.slice(found.indexOf('=') + 1)) : null;
}

export function putConversation(identity) {
  put('conversation', identity);
}

// Of a question only its beginning; its answer is asked for again by the name of the turn. Before the turn has a name
// the question is, and then the whole of it is needed.
export function putTurns(records) {
  const last = records.filter((record) => record.turn || shortened(record.question) === record.question).slice(-PLACES);
  for (let place = 0; place < PLACES; place += 1) {
    const record = last[place];
    put('turn' + place, record ? JSON.stringify([record.key, record.turn, record.at, shortened(record.question)]) : '');
  }
}

export function takenTurns() {
  const records = [];
  for (let place = 0; place < PLACES; place += 1) {
    try {
      const [key, turn, at, question] = JSON.parse(taken('turn' + place));
      records.push({ key, turn, at, question, state: 'running', answer: null });
    } catch (emptyOrDamaged) {
      // one answer less
    }
  }
  return records;
}

function shortened(text) {
  const characters = Array.from(text);
  return characters.length > LONGEST ? characters.slice(0, LONGEST - 1).join('') + '…' : text;
}
