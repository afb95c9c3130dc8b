// Where the reader is: follow a growing answer, but never push its question out of sight, and never drag a reader away.

const NEAR = 80;
const PLACE = 'guangzhi.scroll';

export class Scroll {
  constructor(area, latest) {
    this.area = area;
    this.latest = latest;
    area.addEventListener('scroll', () => this.look(), { passive: true });
    window.addEventListener('pagehide', () => this.remember());
    latest.addEventListener('click', () => this.toEnd());
    this.atEnd = true;
    if (typeof ResizeObserver === 'function') new ResizeObserver(() => this.resized()).observe(area);
  }

  get below() {
    return this.area.scrollHeight - this.area.clientHeight - this.area.scrollTop;
  }

  // The box below grew, or a keyboard came: the end stays in view.
  resized() {
    if (this.atEnd && this.anyTurn()) this.toEnd();
    else this.look();
  }

  anyTurn() {
    return Boolean(this.area.querySelector('.turn'));
  }

  look() {
    this.atEnd = this.below < NEAR;
    this.latest.hidden = this.below < NEAR * 3;
  }

  toEnd() {
    this.area.scrollTop = this.area.scrollHeight;
    this.look();
  }

  // Runs a change of the page and stays at its end if the reader was there.
  keeping(change) {
    const following = this.below < NEAR;
    change();
    if (following) this.follow();
    this.look();
  }

  follow() {
    const last = this.area.querySelector('.turn:last-of-type');
    if (last) this.area.scrollTop += last.getBoundingClientRect().top - this.area.getBoundingClientRect().top - 12;
  }

  remember() {
    try {
      sessionStorage.setItem(PLACE, JSON.stringify([this.area.scrollTop, this.area.scrollHeight]));
    } catch (refused) {
      // the page opens at its end
    }
  }

  resume() {
    let place = null;
    try {
      place = JSON.parse(sessionStorage.getItem(PLACE) || 'null');
    } catch (refused) {
      // as above
    }
    if (place && Math.abs(place[1] - this.area.scrollHeight) < NEAR) this.area.scrollTop = place[0];
    else if (this.anyTurn()) this.toEnd(); // a welcome is read from its beginning
    this.look();
  }
}
