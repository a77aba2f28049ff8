"""Files that NumPy writes and images that PyTorch resizes, for test/data, made once.

VENV/bin/python arrays.py > arrays.json      (numpy 2.4.6, torch 2.13.0)
"""
import base64, io, json
import numpy as np
import torch


def saved(save, *args, **kwargs):
    file = io.BytesIO()
    save(file, *args, **kwargs)
    return base64.b64encode(file.getvalue()).decode()


x = np.arange(6).reshape(2, 3)
types = ["bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64", ">i4", ">f8"]
npy = {t: saved(np.save, (x % 2 if t == "bool" else x).astype(t)) for t in types}


def version(number):
    file = io.BytesIO()
    np.lib.format.write_array(file, x.astype("float32"), version=number)
    return base64.b64encode(file.getvalue()).decode()


refused = {
    "float16": saved(np.save, x.astype("float16")),
    "complex64": saved(np.save, x.astype("complex64")),
    "fortran": saved(np.save, np.asfortranarray(x)),
    "record": saved(np.save, np.zeros(2, dtype=[("a", "i4"), ("b", "f4")])),
}
npz = {
    "stored": saved(np.savez, x=x.astype("float32"), y=np.array([7, 9])),
    "compressed": saved(np.savez_compressed, x=x.astype("float32"), y=np.array([7, 9])),
    "single": saved(np.savez, x.astype("float32")),
    "strange": saved(np.savez, a=x, b=x),
}
picture = np.round(127 + 120 * np.sin(np.arange(3 * 12 * 20) * 0.7).reshape(1, 3, 12, 20) * np.cos(np.arange(20) * 0.3)).astype("float32")
resize = lambda h, w: torch.nn.functional.interpolate(torch.tensor(picture), (h, w), mode="bilinear", antialias=True).numpy().flatten().round(3).tolist()
resized = {"picture": picture.flatten().tolist(), "smaller": resize(4, 5), "larger": resize(18, 33)}
print(json.dumps({"npy": npy, "versions": [version((n, 0)) for n in (1, 2, 3)], "refused": refused, "npz": npz, "resized": resized}))
