// In the words of WinChan: the popup finds this frame among its opener's and hands it what it has to say. Only a page of
// this host can reach the function, and the browser gives the message to no other origin than the one it names.
window.doPost = (message, origin) => window.parent.postMessage(message, origin);
