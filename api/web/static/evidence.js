// The evidence page works without this; with it, the quote is in view and 「返回」 goes back to the same place.

const quote = document.getElementById('quote');
if (quote) {
  const tall = quote.getBoundingClientRect().height > window.innerHeight / 2;
  quote.scrollIntoView({ block: tall ? 'start' : 'center' });
}

const back = document.querySelector('.back');
const cameFromHere = document.referrer.indexOf(window.location.origin + '/') === 0;
const newWindow = window.history.length === 1 && document.referrer.indexOf(window.location.origin + '/widget') === 0;
if (back && newWindow) {
  // Opened from a chat in another page's frame: that page is still there, and has the conversation.
  back.textContent = '← 关闭，回到原来的网页';
  back.addEventListener('click', (event) => {
    event.preventDefault();
    window.close();
  });
} else if (back && cameFromHere && window.history.length > 1) {
  back.addEventListener('click', (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    window.history.back();
  });
}
