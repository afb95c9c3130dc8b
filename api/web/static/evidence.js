// The evidence page works without this; with it, the quote is in view and 「返回」 goes back to the same place.

const quote = document.getElementById('quote');
if (quote) {
  const tall = quote.getBoundingClientRect().height > window.innerHeight / 2;
  quote.scrollIntoView({ block: tall ? 'start' : 'center' });
}

const back = document.querySelector('.back');
const cameFromHere = document.referrer.indexOf(window.location.origin + '/') === 0;
if (back && cameFromHere && window.history.length > 1) {
  back.addEventListener('click', (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    window.history.back();
  });
}
