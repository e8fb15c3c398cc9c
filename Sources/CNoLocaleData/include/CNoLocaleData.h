#ifndef CNOLOCALEDATA_H
#define CNOLOCALEDATA_H

// Nothing to call: to be linked with is all that it is for. See locale_data.c.

#endif
