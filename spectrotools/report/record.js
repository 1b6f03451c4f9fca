// Record from the microphone once the button is pressed: a browser wants a click first.
// Samples are taken as they are, since what MediaRecorder writes is compressed. A script processor
// is old, but needs no module, which the sandbox of a notebook's output might refuse to load.
async function record(seconds) {
  const button = document.createElement("button");
  button.textContent = `Record ${seconds} s`;
  (document.querySelector("#output-area") || document.body).append(button);
  let stream, context;
  try {
    await new Promise((clicked) => { button.onclick = clicked; });
    button.disabled = true;
    const raw = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
    stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, ...raw } });
    context = new AudioContext();
    await context.resume();
    const tap = context.createScriptProcessor(4096, 1, 1);
    const blocks = [];
    let missing = Math.ceil(seconds * context.sampleRate);
    await new Promise((full) => {
      tap.onaudioprocess = (event) => {
        const block = event.inputBuffer.getChannelData(0).slice(0, missing);
        blocks.push(block);
        missing -= block.length;
        button.textContent = `${(missing / context.sampleRate).toFixed(1)} s left`;
        if (missing === 0) full();
      };
      context.createMediaStreamSource(stream).connect(tap);
      tap.connect(context.destination);
    });
    const reader = new FileReader();
    const read = new Promise((done) => { reader.onload = done; });
    reader.readAsDataURL(new Blob(blocks));
    await read;
    return { sample_rate: context.sampleRate, samples: reader.result.split(",")[1] };
  } catch (error) {
    return { error: `${error.name}: ${error.message}` };
  } finally {
    stream?.getTracks().forEach((track) => track.stop());
    await context?.close();
    button.remove();
  }
}
