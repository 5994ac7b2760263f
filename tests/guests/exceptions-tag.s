	.tagtype	__cpp_exception i32
	.globl	__cpp_exception
	.section	.data.tag,"",@
__cpp_exception:
