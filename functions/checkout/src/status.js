(function () {
  var waits = [1, 2, 2, 4, 4, 8, 8, 15], turn = 0, shown = document.getElementById("status").dataset.state;
  function look() {
    fetch(location.pathname, { headers: { accept: "application/json" } }).then(function (answer) { return answer.json(); }).then(function (now) {
      // What the page shows, not what was seen first: it may have changed while the page was on its way.
      if (now.state !== shown) { location.reload(); return; }
      if (!now.final) { again(); }
    }).catch(again);
  }
  function again() { setTimeout(look, 1000 * waits[Math.min(turn++, waits.length - 1)]); }
  // The address is the receipt: what Stripe appended to it is read and gone.
  history.replaceState(null, "", location.pathname);
  look();
})();
