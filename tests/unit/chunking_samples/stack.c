/* A growing stack of integers. */
#include <stdlib.h>
#include "stack.h"

#define INITIAL_CAPACITY 16
#define GROWN(capacity) ((capacity) < 8 ? 8 : (capacity) * 2)

static const char *error_names[] = {
    "no error", "out of memory", "stack is empty", "index out of range", "stack is frozen",
};

/** A stack; `items` is owned by it. */
typedef struct stack {
    int *items;
    size_t length;
    size_t capacity;
} stack_t;

enum state { EMPTY, FILLED };

struct point { int x, y; };

int stack_length(const stack_t *stack);

/* Makes room for one more item. */
static int
ensure_room(stack_t *stack)
{
    if (stack->length < stack->capacity)
        return 0;
    int *grown = realloc(stack->items, GROWN(stack->capacity) * sizeof(int));
    if (!grown)
        return -1; /* nothing was lost */
    stack->items = grown;
    return 0;
}

const char *stack_error(int code) { return error_names[code]; }

int **stack_views(stack_t *stack, void (*visit)(int)) {
    visit(stack->length);
    return NULL;
}
