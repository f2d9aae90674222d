#include <Python.h>

static PyObject *distance(PyObject *self, PyObject *args) {
    double x, y;
    if (!PyArg_ParseTuple(args, "dd", &x, &y)) return NULL;
    return PyFloat_FromDouble(x * x + y * y);
}

static PyMethodDef methods[] = {
    {"square_distance", distance, METH_VARARGS, "The square of the distance from the origin."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_native", NULL, -1, methods};

PyMODINIT_FUNC PyInit__native(void) { return PyModule_Create(&definition); }
