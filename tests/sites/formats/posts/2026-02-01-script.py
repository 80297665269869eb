# ---
# title: 脚本也是文章
# tags: [python]
# ---

# %% [markdown]
# 先说两句，*强调*。
#
# ```python
# not_run = 1
# ```

# %% tags=["hide-input"]
import math

print(math.pi)

# %% [markdown]
# 末尾 $$x^2$$。

# %%
#| echo: false
print("第二")
