// Makes photos smaller before they are sent, for the sake of a bad network; the server does it too.
(() => {
  const LONGEST = 1600;
  const input = document.getElementById("f-photos");
  if (!input || !window.createImageBitmap || !window.DataTransfer) return;

  const smaller = async (file) => {
    try {
      const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
      const by = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
      if (by === 1) return file;
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * by);
      canvas.height = Math.round(picture.height * by);
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      const made = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
      return made ? new File([made], "photo.jpg", { type: "image/jpeg" }) : file;
    } catch {
      return file; // the server says in words what is wrong with it
    }
  };

  input.addEventListener("change", async () => {
    const kept = new DataTransfer();
    for (const file of input.files) kept.items.add(await smaller(file));
    input.files = kept.files;
  });
})();
